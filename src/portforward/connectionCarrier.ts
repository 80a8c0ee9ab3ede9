import type { Socket } from 'node:net';
import type { Clock } from '../base/async.ts';
import { DisposableStore } from '../base/disposable.ts';
import { CodedError, describeError, isCoded } from '../base/errors.ts';
import type { ForwardEvent } from '../kinds/forwardNotice.ts';
import type { BoundAddress } from '../kinds/ports.ts';
import type { ConnectionCounts, Traffic } from './connectionCounts.ts';
import type { CreateTapOwner } from './connectionTap.ts';
import type { ClientInspector } from './listener.ts';
import type { TunnelSlot } from './pooledTunnel.ts';
import { pump } from './pump.ts';
import { resetSocket } from './resetSocket.ts';
import type { TunnelPool } from './tunnelPool.ts';

export interface ForwardOptions {
  readonly pool: TunnelPool;
  /** The name of the pod. */
  readonly pod: string;
  readonly clock: Clock;
  readonly counts: ConnectionCounts;
  readonly onEvent: (event: ForwardEvent) => void;
  /**
   * Called when the forward ends, for each connection that still waits for a tunnel. Nothing was read from these
   * connections, so the next attempt (the next call of `forwardPod`) of the session can serve them. The callback takes
   * ownership of the socket. Optional, default: these connections are reset.
   */
  readonly requeue?: ((socket: Socket) => void) | undefined;
  /**
   * Called for each new connection. The property `tap` of the result is an object that sees all bytes of the
   * connection, for example to log them. Optional, default: no taps.
   */
  readonly createTapOwner?: CreateTapOwner | undefined;
  /**
   * Called with the length of each chunk that is carried, in either direction. For example, `scavengingForward`
   * counts these bytes, to run the garbage collector after every 8 MB. Optional.
   */
  readonly onPayload?: ((bytes: number) => void) | undefined;
}

/** A connection that waits for a slot in a tunnel. */
interface Arrival {
  readonly socket: Socket;
  readonly address: BoundAddress;
  readonly inspect: ClientInspector | undefined;
  readonly abort: AbortController;
}

/**
 * Carries and counts the connections of one forward. Each connection gets a slot in a tunnel, and a pump that copies
 * its bytes in both directions.
 */
export class ConnectionCarrier {
  readonly #options: ForwardOptions;
  readonly #waiting = new Set<Arrival>();
  readonly #carried = new Map<Socket, TunnelSlot | undefined>();
  readonly #served = new Set<Promise<void>>();
  #isClosed = false;

  constructor(options: ForwardOptions) {
    this.#options = options;
  }

  /**
   * Takes ownership of the socket of a local client, and carries its bytes to the pod and back until the connection
   * ends. If {@link close} was called before, destroys the socket instead.
   */
  accept(socket: Socket, address: BoundAddress, inspect?: ClientInspector): void {
    // Ignores `error` events until the pump subscribes to them. An unhandled `error` event, such as a reset by the
    // local client, would crash the process.
    socket.on('error', ignore);
    if (this.#isClosed) {
      socket.destroy();
      return;
    }
    const served = this.#serve({ socket, address, inspect, abort: new AbortController() }).finally(() =>
      this.#served.delete(served),
    );
    this.#served.add(served);
  }

  /**
   * Counts and reports a connection that failed before the forward accepted it, for example because this process has no
   * file handles left.
   */
  refuse(address: BoundAddress, error: CodedError): void {
    const { counts, onEvent } = this.#options;
    const { connection, traffic } = counts.fail();
    onEvent({ type: 'connectionEnded', connection, address, ...traffic, error });
  }

  /**
   * Passes the connections that still wait for a tunnel to `requeue`, so that the session's next call of `forwardPod`
   * serves them. Called when all tunnels are lost. Without `requeue`, does nothing: the tunnel pool then fails these
   * connections with the reason for the loss.
   */
  handBack(): void {
    if (this.#options.requeue !== undefined) this.#dismissWaiting();
  }

  /**
   * Passes the connections that still wait for a tunnel to `requeue`, or resets them if there is no `requeue`. Resolves
   * when the connections that have a tunnel have ended.
   */
  async drain(): Promise<void> {
    this.#dismissWaiting();
    await Promise.all(this.#served);
  }

  /**
   * Resets the connections that have a tunnel. Passes the connections that still wait for a tunnel to `requeue`, or
   * resets them too if there is no `requeue`. Resolves when all connections have ended.
   */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#dismissWaiting();
    for (const [socket, slot] of this.#carried) {
      resetSocket(socket);
      // If the pod has reset the connection, the API server sends the reason on a separate stream. The pump waits up to
      // 250 ms for this reason, even after the socket is closed. `onEvict` ends this wait, so that the forward closes
      // at once.
      slot?.onEvict?.(new CodedError('STOPPED'));
    }
    await Promise.all(this.#served);
  }

  async #serve(arrival: Arrival): Promise<void> {
    this.#waiting.add(arrival);
    const slot = await this.#slotFor(arrival).catch((error: unknown) => toCoded(error));
    // If `#dismissWaiting` removed the connection during the wait for a slot, its socket belongs to the listener again
    // or was reset. In that case, only the slot must be freed.
    if (!this.#waiting.delete(arrival)) {
      if (!(slot instanceof CodedError)) slot.dispose();
      return;
    }
    await this.#carry(arrival, slot);
  }

  async #carry(arrival: Arrival, slot: TunnelSlot | CodedError): Promise<void> {
    const { socket, address } = arrival;
    const { counts, onEvent } = this.#options;
    this.#carried.set(socket, slot instanceof CodedError ? undefined : slot);
    const { connection, traffic } = counts.begin();
    onEvent({ type: 'connection', connection, address });
    const failure = await this.#pumpThrough(slot, arrival, traffic);
    const error = failure && explain(failure, this.#options.pod, address.remotePort);
    this.#carried.delete(socket);
    const isFailure = error !== undefined && !this.#isClosed;
    counts.end(traffic, isFailure);
    onEvent({ type: 'connectionEnded', connection, address, ...traffic, ...(isFailure && { error }) });
  }

  async #pumpThrough(
    slot: TunnelSlot | CodedError,
    { socket, address, inspect }: Arrival,
    traffic: Traffic,
  ): Promise<CodedError | undefined> {
    using owned = new DisposableStore();
    try {
      if (slot instanceof CodedError) throw slot;
      owned.add(slot);
      const pod = owned.add(slot.open(address.remotePort));
      const { clock, createTapOwner, onPayload, pod: name } = this.#options;
      const tapOwner = createTapOwner?.({ pod: name, socket, traffic });
      return await pump(socket, pod, traffic, slot, clock, { tapOwner, inspect, onPayload });
    } catch (error) {
      if (socket.destroyed) return undefined;
      resetSocket(socket);
      return toCoded(error);
    }
  }

  /** Waits for a slot in a tunnel. Rejects if the local client disconnects first. */
  async #slotFor({ socket, abort }: Arrival): Promise<TunnelSlot> {
    const onClose = () => abort.abort(new CodedError('STOPPED'));
    socket.once('close', onClose);
    try {
      return await this.#options.pool.takeSlot(abort.signal);
    } finally {
      socket.off('close', onClose);
    }
  }

  /**
   * Removes all connections that still wait for a tunnel, and passes their sockets to `requeue`. Without `requeue`,
   * resets the sockets.
   */
  #dismissWaiting(): void {
    const { requeue } = this.#options;
    for (const arrival of this.#waiting) {
      this.#waiting.delete(arrival);
      arrival.abort.abort(new CodedError('STOPPED'));
      arrival.socket.off('error', ignore);
      if (requeue === undefined) resetSocket(arrival.socket);
      else requeue(arrival.socket);
    }
  }
}

/**
 * Matches the text of the error ECONNREFUSED in Go and POSIX. The container runtime (containerd, CRI-O, or its helper
 * socat) sends this text if nothing listens on the port of the pod. It sends no error code, so only the text identifies
 * the error.
 */
const REFUSED = /connection refused/i;

/**
 * Returns `PORT_CLOSED` if nothing listens on the port of the pod. This is the most common failure, so the message of
 * `PORT_CLOSED` explains it in plain words before it quotes the container runtime. Returns other errors unchanged.
 */
function explain(error: CodedError, name: string, port: number): CodedError {
  const reason = error.arguments['reason'];
  if (!isCoded(error, 'CONNECTION_FAILED') || !REFUSED.test(String(reason))) return error;
  return new CodedError('PORT_CLOSED', { port, name, reason: String(reason) }, error);
}

function ignore(): void {}

function toCoded(error: unknown): CodedError {
  return isCoded(error)
    ? error
    : new CodedError('CONNECTION_FAILED', { reason: describeError(error) }, error);
}
