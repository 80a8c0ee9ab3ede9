import { raceAbort } from '../../base/async.ts';
import { type ContextReference, isSameContext } from '../../rpc/contract.ts';
import type { GatewaySnapshot } from '../../rpc/gatewayContract.ts';
import type { GatewaysModel, NamespacesToOpen } from '../gateways/gatewaysModel.ts';
import type { EnvFile, EnvFiles, EnvFileTask } from './envFiles.ts';

/** What a part of the task has opened in a gateway. */
export interface EnvFilePart {
  /** Undefined while the part holds no gateway. */
  opened: NamespacesToOpen | undefined;
}

interface Written {
  readonly file: EnvFile;
  readonly context: ContextReference;
  readonly localPort: number | undefined;
  readonly namespaces: readonly string[];
}

/**
 * The environment file of a task, for all namespaces that the task opens. A program uses one gateway, and a gateway
 * belongs to one context. So if the namespaces are in several contexts, the file is for the context of the first part.
 */
export class SharedEnvFile {
  readonly #task: EnvFileTask;
  readonly #files: EnvFiles;
  readonly #gateways: GatewaysModel;
  readonly #parts: EnvFilePart[] = [];
  #written: Written | undefined;

  constructor(task: EnvFileTask, files: EnvFiles, gateways: GatewaysModel) {
    this.#task = task;
    this.#files = files;
    this.#gateways = gateways;
  }

  /** Adds a part. A program that uses a service name without a namespace finds the services of earlier parts first. */
  addPart(): EnvFilePart {
    const part: EnvFilePart = { opened: undefined };
    this.#parts.push(part);
    return part;
  }

  /** Returns true if the file needs no change for the part. */
  isCurrentFor({ opened }: EnvFilePart, localPort: number | undefined): boolean {
    const written = this.#written;
    if (written?.file.isCurrent !== true || opened === undefined) return false;
    const { context, namespaces } = opened;
    if (!isSameContext(written.context, context)) {
      return this.#indexOf(written.context) < this.#indexOf(context);
    }
    // If a new forward host uses another port, the file is outdated.
    return written.localPort === localPort && namespaces.every((name) => written.namespaces.includes(name));
  }

  /** Writes the file if it needs a change for the part. The gateway must be the one in which the part is open. */
  async update(
    part: EnvFilePart,
    { id, localPort, specification: { context } }: GatewaySnapshot,
    signal: AbortSignal,
  ): Promise<void> {
    if (this.isCurrentFor(part, localPort)) return;
    const together = this.#parts.filter((one) => isIn(context, one));
    const namespaces = [...new Set(together.flatMap(({ opened }) => opened?.namespaces ?? []))];
    const variables = await raceAbort(this.#gateways.variables({ id, namespaces }), signal);
    // Meanwhile, the part may have been released, or another part may have written the file for both.
    if (part.opened === undefined || this.isCurrentFor(part, localPort)) return;
    const file = this.#files.write(this.#files.pathOf(this.#task), variables);
    this.#written = { file, context, localPort, namespaces };
  }

  /** Removes the file with the last part that it is for. Synchronous, because the window may be closing. */
  release(part: EnvFilePart): void {
    part.opened = undefined;
    if (this.#written === undefined || this.#indexOf(this.#written.context) !== -1) return;
    this.#written.file.remove();
    this.#written = undefined;
  }

  #indexOf(context: ContextReference): number {
    return this.#parts.findIndex((part) => isIn(context, part));
  }
}

function isIn(context: ContextReference, { opened }: EnvFilePart): boolean {
  return opened !== undefined && isSameContext(opened.context, context);
}
