import type { Socket } from 'node:net';
import { DEFAULT_ADDRESSES } from '../base/address.ts';
import { onAbort, systemClock } from '../base/async.ts';
import { DisposableStore } from '../base/disposable.ts';
import { CodedError, describeError, isCoded } from '../base/errors.ts';
import type { ForwardEvent } from '../kinds/forwardNotice.ts';
import type { BoundAddress } from '../kinds/ports.ts';
import { ConnectionCarrier } from './connectionCarrier.ts';
import { ConnectionCounts } from './connectionCounts.ts';
import { writeForwardText } from './forwardText.ts';
import { type ConnectionHandler, type LocalListener, listen } from './listener.ts';
import { type EngineRequest, validateRequest } from './request.ts';
import { createDialer } from './transport/createDialer.ts';
import { TunnelPool } from './tunnelPool.ts';

/**
 * Forwards local TCP ports to a pod. Resolves when `request.stop` is aborted, or when `request.drain` is aborted and
 * the last connection has ended. If the last tunnel is lost, tries once to open a new tunnel (unless `request.redials`
 * is false), and rejects if this fails. Only a session (`src/session`) keeps trying for longer. Releases all resources
 * before it resolves or rejects.
 * @throws CodedError `USAGE`, `INVALID_PORT`, `DUPLICATE_LOCAL_PORT` or `INVALID_ADDRESS` before the first network
 *   request; `UNREACHABLE`, `TLS`, `PROXY_FAILED`, `UNAUTHORIZED`, `FORBIDDEN`, `POD_NOT_FOUND` or `UPGRADE_REFUSED` if
 *   the first tunnel cannot be opened; `PORT_IN_USE`, `PORT_NOT_PERMITTED`, `PORT_RESERVED` or `ADDRESS_NOT_AVAILABLE`
 *   if a local port cannot be bound; `LOST_CONNECTION`, `UNAUTHORIZED`, `FORBIDDEN` or `POD_NOT_FOUND` if the last
 *   tunnel is lost and not replaced. With the transport `channel`, a new connection that the server refuses for lack of
 *   a login or permission does not end the other connections or the forward
 */
export async function forwardPod(request: EngineRequest): Promise<void> {
  validateRequest(request);
  if (request.stop.aborted) return;
  const run = new PortForwardRun(request);
  try {
    await run.start();
    await run.untilOver();
  } catch (error) {
    // After a stop, an error is only a consequence of the stop, so it is ignored.
    if (!request.stop.aborted) throw error;
  } finally {
    await run.close();
  }
}

class PortForwardRun {
  readonly #request: EngineRequest;
  readonly #owned = new DisposableStore();
  readonly #pool: TunnelPool;
  readonly #forward: ConnectionCarrier;
  readonly #counts: ConnectionCounts;
  #listener: LocalListener | undefined;
  #isStopped = false;
  /**
   * Settles when the forward ends without a stop. Rejects if no tunnel is left and none can be opened, or if the
   * promise of the `ready` callback rejects. Resolves if the last tunnel is lost during a drain. The constructor adds
   * an empty `catch`. Without it, a rejection before {@link untilOver} is called would count as unhandled and end the
   * process.
   */
  readonly #ending = Promise.withResolvers<void>();

  constructor(request: EngineRequest) {
    this.#request = request;
    const clock = request.clock ?? systemClock;
    const emit = (event: ForwardEvent) => this.#emit(event);
    const dialer = createDialer({
      config: request.restConfig,
      clock,
      pinned: request.transport,
      memory: request.transportMemory,
      onEvent: emit,
    });
    const { pod, redials = true, listener: source, createTapOwner, onPayload } = request;
    this.#pool = this.#owned.add(new TunnelPool({ dialer, pod, clock, redials }));
    this.#owned.add(this.#pool.onDidLoseTunnel((error) => emit({ type: 'tunnelLost', error })));
    this.#counts = request.counts ?? new ConnectionCounts();
    const requeue = source && ((socket: Socket) => source.requeue(socket));
    this.#forward = new ConnectionCarrier({
      ...{ pool: this.#pool, clock, counts: this.#counts, onEvent: emit, requeue },
      pod: pod.name,
      onPayload,
      createTapOwner,
    });
    this.#ending.promise.catch(() => {});
    this.#owned.add(this.#pool.onDidLoseAll((error) => this.#lose(error)));
  }

  async start(): Promise<void> {
    const { pod, stop, ready } = this.#request;
    this.#emit({ type: 'starting' });
    const transport = await this.#pool.open(stop);
    const listener = await this.#listen();
    this.#listener = listener;
    stop.throwIfAborted();
    if (this.#pool.isLost) await this.#ending.promise;
    this.#emit({ type: 'ready', pod, transport, addresses: listener.addresses });
    // The type of `ready` says that it returns nothing, but TypeScript also accepts an async function. If the promise
    // of this function rejects, the forward ends with its error.
    const result: unknown = ready?.(listener.addresses);
    Promise.resolve(result).catch((error: unknown) => this.#ending.reject(error));
  }

  /** Resolves after a stop, or when a drain is complete. Rejects if the forward fails before that. */
  untilOver(): Promise<void> {
    const { stop, drain } = this.#request;
    return new Promise((resolve, reject) => {
      this.#ending.promise.then(resolve, reject);
      this.#owned.add(onAbort(stop, resolve));
      if (drain !== undefined) this.#owned.add(onAbort(drain, () => this.#drain().then(resolve, reject)));
    });
  }

  async close(): Promise<void> {
    this.#listener?.dispose();
    await this.#forward.close();
    this.#owned.dispose();
    this.#emit({ type: 'stopped', counters: this.#counts.counters });
  }

  #listen(): Promise<LocalListener> {
    const { listener: source, addresses = DEFAULT_ADDRESSES, ports } = this.#request;
    const accept: ConnectionHandler = (socket, address, inspect) =>
      this.#forward.accept(socket, address, inspect);
    const onShortage = (address: BoundAddress) =>
      this.#forward.refuse(address, new CodedError('OUT_OF_FILES'));
    return source === undefined ? listen(addresses, ports, accept, onShortage) : source.attach(ports, accept);
  }

  async #drain(): Promise<void> {
    this.#listener?.dispose();
    this.#pool.drain();
    await this.#forward.drain();
  }

  #lose(error: unknown): void {
    if (this.#request.drain?.aborted) return this.#ending.resolve();
    // Stops accepting connections for this attempt. In a session, the listening sockets stay open. The next attempt
    // then serves the new connections, and the connections that still wait for a tunnel (`handBack`).
    this.#listener?.dispose();
    this.#forward.handBack();
    this.#ending.reject(this.#lostConnection(error));
  }

  #emit(event: ForwardEvent): void {
    if (this.#isStopped) return;
    this.#isStopped = event.type === 'stopped';
    if (this.#request.streams !== undefined) writeForwardText(event, this.#request.streams);
    this.#request.onEvent?.(event);
  }

  /**
   * Returns the error with which the forward ends after the loss of its last tunnel. Returns `error` itself if the pod
   * does not exist, or if the user lacks a permission or a login: a session does not treat these errors like a lost
   * connection. Returns `LOST_CONNECTION` for all other errors.
   */
  #lostConnection(error: unknown): CodedError {
    if (isCoded(error, 'POD_NOT_FOUND') || isCoded(error, 'FORBIDDEN') || isCoded(error, 'UNAUTHORIZED'))
      return error;
    const { name } = this.#request.pod;
    // The message of `LOST_CONNECTION` begins with "lost connection to", and the message of `LOST_CONNECTION_TO_SERVER`
    // does too. If the error is a `LOST_CONNECTION_TO_SERVER`, this code uses only its argument `reason`, and not its
    // whole message. Otherwise the new message would contain these words twice.
    const inner = isCoded(error, 'LOST_CONNECTION_TO_SERVER') ? error.arguments['reason'] : undefined;
    return new CodedError('LOST_CONNECTION', { name, reason: inner ?? describeError(error) }, error);
  }
}
