import { raceAbort } from '../../base/async.ts';
import { type ContextReference, isSameContext } from '../../rpc/clustersContract.ts';
import type { GatewaySnapshot } from '../../rpc/gatewayContract.ts';
import type { GatewaysModel, NamespacesToOpen } from '../gateways/gatewaysModel.ts';
import type { EnvFile, EnvFiles, EnvFileTask } from './envFiles.ts';

/** A part of a task (see `TaskPart`) that opens namespaces in a gateway. */
export interface EnvFilePart {
  /** The namespaces that are open for the part. Undefined before the part starts and after the task releases it. */
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

  /**
   * Adds a part. The order of the calls matters: the gateway looks up a service name without a namespace in the
   * namespaces of earlier parts first.
   */
  addPart(): EnvFilePart {
    const part: EnvFilePart = { opened: undefined };
    this.#parts.push(part);
    return part;
  }

  /**
   * Returns true if the file need not be written again for the part. This is the case if the file contains the part's
   * namespaces and the local port, or if the file is for the context of an earlier part, which has priority.
   */
  isCurrentFor({ opened }: EnvFilePart, localPort: number | undefined): boolean {
    const written = this.#written;
    if (written?.file.isCurrent !== true || opened === undefined) return false;
    const { context, namespaces } = opened;
    if (!isSameContext(written.context, context)) {
      return this.#indexOf(written.context) < this.#indexOf(context);
    }
    // The file is out of date if the gateway now listens on another port, for example after the host was started again.
    return written.localPort === localPort && namespaces.every((name) => written.namespaces.includes(name));
  }

  /**
   * Writes the file unless {@link isCurrentFor} returns true for the part. The second parameter must be the gateway in
   * which the namespaces of the part are open.
   */
  async update(
    part: EnvFilePart,
    { id, localPort, specification: { context } }: GatewaySnapshot,
    signal: AbortSignal,
  ): Promise<void> {
    if (this.isCurrentFor(part, localPort)) return;
    const together = this.#parts.filter((one) => isIn(context, one));
    const namespaces = [...new Set(together.flatMap(({ opened }) => opened?.namespaces ?? []))];
    const variables = await raceAbort(this.#gateways.variables({ id, namespaces }), signal);
    // During the request above, the part may have been released. Or another part of the same context may have written
    // the file, which is for all parts of the context.
    if (part.opened === undefined || this.isCurrentFor(part, localPort)) return;
    const file = this.#files.write(this.#files.pathOf(this.#task), variables);
    this.#written = { file, context, localPort, namespaces };
  }

  /**
   * Must be called when the task releases the part. Removes the file if no other part uses the context of the file.
   * Synchronous, because the window may be closing.
   */
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
