import type { Writable } from 'node:stream';
import { deadline, raceAbort } from '../base/async.ts';
import { defined } from '../base/defined.ts';
import type { Disposable as Subscription } from '../base/disposable.ts';
import { copyEnvironment } from '../base/environment.ts';
import { CodedError, isCoded } from '../base/errors.ts';
import type { Event } from '../base/event.ts';
import { version } from '../base/version.ts';
import { assertNoOtherHost, connectToHost, type JoinOptions } from '../rpc/connectToHost.ts';
import { type InitializeResult, TERMINAL_CLIENT } from '../rpc/contract.ts';
import type { HostClient, ReplacedHost } from '../rpc/hostClient.ts';
import { HOST_FOLDER_VARIABLE } from '../rpc/hostFolder.ts';
import type { NotificationType, RequestType, RequestType0 } from '../rpc/messages.ts';
import { fromResponseError } from '../rpc/rpcErrors.ts';
import { startAllAgain } from '../rpc/startAllAgain.ts';
import { detachedRuntime } from './detachedRuntime.ts';

/** What a command needs to reach the forward host. */
export interface HostServices {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly homeFolder: string;
  readonly hostScript: string;
}

/** What a command needs to use the host, to print output, and to end when a signal arrives. */
export interface TerminalServices extends HostServices {
  readonly out: Writable;
  readonly err: Writable;
  /** Aborted when the command must end. */
  readonly stop: AbortSignal;
}

/**
 * The client name of the separate connection with which {@link moveForwards} starts the forwards of a replaced host
 * again.
 */
const MOVING_CLIENT = 'mover';
/**
 * How long connecting to the host may take, in milliseconds, including the start of a host if none runs. After this
 * time, the command fails.
 */
const CONNECT_LIMIT_MS = 90_000;
/**
 * How long a host may take to answer a request to list or stop forwards, in milliseconds. After this time, the command
 * fails.
 */
const ANSWER_LIMIT_MS = 15_000;

/** A command's connection to the forward host. Requests fail with a CodedError. */
export class HostLink implements Disposable {
  readonly #client: HostClient;

  constructor(client: HostClient) {
    this.#client = client;
  }

  /** A sentence about what an update of VS Code does to the forwards; undefined if an update has no effect. */
  get updateNote(): string | undefined {
    return updateNote(this.#client.host);
  }

  /** Fires when the host has ended or closed the connection. */
  get onDidClose(): Event<void> {
    return this.#client.onDidClose;
  }

  /**
   * Sends a request to the host.
   * @throws CodedError the host's error; `HOST_LOST` if the host ends before it answers
   */
  request<R>(type: RequestType0<R>): Promise<R>;
  request<P, R>(type: RequestType<P, R>, parameters: P): Promise<R>;
  async request<P, R>(type: RequestType0<R> | RequestType<P, R>, ...parameters: [] | [P]): Promise<R> {
    try {
      return await this.#client.request(type as RequestType<P, R>, ...(parameters as [P]));
    } catch (error) {
      const known = fromResponseError(error);
      // An error that the host sends has a code. An error without a code means that the connection was closed.
      throw isCoded(known) ? known : new CodedError('HOST_LOST', {}, error);
    }
  }

  /**
   * Sends a request like {@link request}, with a time limit for the answer.
   * @throws CodedError as {@link request} does; `HOST_UNRESPONSIVE` if the host does not answer in time
   */
  async requestPromptly<P, R>(
    type: RequestType0<R> | RequestType<P, R>,
    ...parameters: [] | [P]
  ): Promise<R> {
    const { processId } = this.#client.host;
    const silent = () => new CodedError('HOST_UNRESPONSIVE', { processId });
    using limit = deadline(undefined, ANSWER_LIMIT_MS, silent);
    const answer = this.request(type as RequestType<P, R>, ...(parameters as [P]));
    return await raceAbort(answer, limit.signal);
  }

  onNotification<P>(type: NotificationType<P>, listener: (parameters: P) => void): Subscription {
    return this.#client.onNotification(type, listener);
  }

  [Symbol.dispose](): void {
    this.#client.dispose();
  }
}

/**
 * Connects to the running host; returns undefined if no host runs.
 * @throws CodedError as {@link connectToHost} does; `HOST_TOO_NEW` or `HOST_TOO_OLD` if the running host has an
 *   incompatible version
 */
export async function findHost(services: HostServices): Promise<HostLink | undefined> {
  return await withinLimit(undefined, async (signal) => {
    const options = { ...clientOptions(services), signal };
    const client = await connectToHost({ ...options, mode: 'join' });
    if (client === undefined) await assertNoOtherHost(options);
    return client && new HostLink(client);
  });
}

/**
 * Connects to the running host, or starts one. If the new host replaces an older host, also moves the forwards of the
 * older host to the new host. Writes to `err` how many forwards ended with the older host and were not moved.
 * @throws CodedError as {@link connectToHost} does; the signal's reason when aborted
 */
export async function openHost(
  services: HostServices & Pick<TerminalServices, 'err'>,
  kubeconfigPath: string | undefined,
  stop: AbortSignal,
): Promise<HostLink> {
  const { hostScript: script, environment } = services;
  const isEditor = process.versions['electron'] !== undefined;
  const runtime = await detachedRuntime({ execPath: process.execPath, isEditor, environment });
  const program = { execPath: runtime.execPath, script, environment };
  const options = { ...clientOptions(services, kubeconfigPath), program };
  const client = await withinLimit(stop, async (signal) => {
    const connected = await connectToHost({
      ...options,
      ...(runtime.outlivesUpdates && { runtime: runtime.execPath }),
      signal,
      mode: 'joinOrStart',
    });
    if (connected.replaced !== undefined) {
      const ended = await moveForwards(connected.replaced, { ...options, signal, mode: 'join' });
      if (ended > 0) services.err.write(endedText(ended));
    }
    return connected;
  });
  return new HostLink(client);
}

/**
 * Starts the forwards and gateways of a replaced host again in the new host. Uses a separate connection with another
 * client name. On the connection of this command, the host would count the forwards as started by the command, and stop
 * them if the command fails. Returns the number of forwards and gateways that were not started again.
 */
async function moveForwards(replaced: ReplacedHost, options: JoinOptions): Promise<number> {
  const { forwards, gateways = [], others } = replaced;
  try {
    const client = await connectToHost({ ...options, client: { name: MOVING_CLIENT, version } });
    if (client === undefined) throw new CodedError('HOST_LOST');
    await startAllAgain(client, replaced).finally(() => client.dispose());
    return others;
  } catch {
    // Ignores the error. If the new host has a problem, the command itself has it too and reports it.
    return others + forwards.length + gateways.length;
  }
}

function endedText(count: number): string {
  const forwards = count === 1 ? '1 other forward' : `${count} other forwards`;
  return `The background process was updated, and ${forwards} ended.\n`;
}

/**
 * Calls a function that connects to the host, with a signal that is aborted after {@link CONNECT_LIMIT_MS}. Does not
 * use `AbortSignal.timeout`: its error would not say that the host did not respond.
 */
async function withinLimit<T>(
  stop: AbortSignal | undefined,
  connect: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const reason = `it did not respond within ${CONNECT_LIMIT_MS / 1_000} s`;
  using limit = deadline(stop, CONNECT_LIMIT_MS, () => new CodedError('HOST_NOT_STARTED', { reason }));
  return await connect(limit.signal);
}

function clientOptions({ environment }: HostServices, kubeconfigPath?: string) {
  const folder = environment[HOST_FOLDER_VARIABLE];
  return {
    client: { name: TERMINAL_CLIENT, version },
    environment: copyEnvironment(environment),
    kubeconfigFiles: kubeconfigPath === undefined ? [] : [kubeconfigPath],
    ...defined({ folder }),
  };
}

/**
 * Returns a sentence about what an update of VS Code does to the forwards of a host; undefined if an update has no
 * effect.
 */
export function updateNote(
  host: Pick<InitializeResult, 'endsWithUpdate' | 'survivesUpdate'> | undefined,
): string | undefined {
  if (host?.endsWithUpdate !== true) return undefined;
  return host.survivesUpdate === true
    ? 'A VS Code update ends these forwards. Forwards from terminals restart right away.'
    : 'A VS Code update ends these forwards. Forwards from terminals restart when VS Code runs again.';
}
