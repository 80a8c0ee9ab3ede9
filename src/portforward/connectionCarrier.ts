import type { Socket } from 'node:net';
import type { Clock } from '../base/async.ts';
import { DisposableStore } from '../base/disposable.ts';
import { CodedError, describeError, isCoded } from '../base/errors.ts';
import type { ForwardEvent } from '../kinds/forwardNotice.ts';
import type { BoundAddress } from '../kinds/ports.ts';
import type { ConnectionCounts, Traffic } from './connectionCounts.ts';
import type { OpenTapPlace } from './connectionTap.ts';
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
  /** Takes connections that found no tunnel and of which nothing was read. Optional, default: they are reset. */
  readonly requeue?: ((socket: Socket) => void) | undefined;
  /** Opens a place for a tap beside a new connection. Optional. */
  readonly openTapPlace?: OpenTapPlace | undefined;
  /** Optional. Called with the length of each piece of payload that passes, either way. */
  readonly onPayload?: ((bytes: number) => void) | undefined;
}

/** A connection that waits for a slot in a tunnel. */
interface Arrival {
  readonly socket: Socket;
  readonly address: BoundAddress;
  readonly inspect: ClientInspector | undefined;
  readonly abort: AbortController;
}

/** Carries the connections of one forward: each gets a slot in the pool, a pump and a counter. */
export class ConnectionCarrier {
  readonly #options: ForwardOptions;
  readonly #waiting = new Set<Arrival>();
  readonly #carried = new Map<Socket, TunnelSlot | undefined>();
  readonly #served = new Set<Promise<void>>();
  #isClosed = false;

  constructor(options: ForwardOptions) {
    this.#options = options;
  }

  /** Takes a local connection over and carries it until it ends. */
  accept(socket: Socket, address: BoundAddress, inspect?: ClientInspector): void {
    // The client may leave before the pump listens.
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

  /** Reports a connection that failed before the forward took it. */
  refuse(address: BoundAddress, error: CodedError): void {
    const { counts, onEvent } = this.#options;
    const { connection, traffic } = counts.fail();
    onEvent({ type: 'connectionEnded', connection, address, ...traffic, error });
  }

  /** Gives waiting connections back to the listener, if the listener takes them. */
  handBack(): void {
    if (this.#options.requeue !== undefined) this.#dismissWaiting();
  }

  /** Resolves when all carried connections have ended. Waiting connections are given back, or reset. */
  async drain(): Promise<void> {
    this.#dismissWaiting();
    await Promise.all(this.#served);
  }

  /** Cuts off every connection, like the end of a program. Resolves when each has ended. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#dismissWaiting();
    for (const [socket, slot] of this.#carried) {
      resetSocket(socket);
      // The connection may be waiting for the reason of its failure.
      slot?.onEvict?.(new CodedError('STOPPED'));
    }
    await Promise.all(this.#served);
  }

  async #serve(arrival: Arrival): Promise<void> {
    this.#waiting.add(arrival);
    const slot = await this.#slotFor(arrival).catch((error: unknown) => toCoded(error));
    // Given back meanwhile: the socket belongs to another owner now.
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
    const owned = new DisposableStore();
    try {
      if (slot instanceof CodedError) throw slot;
      owned.add(slot);
      const pod = owned.add(slot.open(address.remotePort));
      const { clock, openTapPlace, onPayload, pod: name } = this.#options;
      const place = openTapPlace?.({ pod: name, socket, traffic });
      return await pump(socket, pod, traffic, slot, clock, { place, inspect, onPayload });
    } catch (error) {
      if (socket.destroyed) return undefined;
      resetSocket(socket);
      return toCoded(error);
    } finally {
      owned.dispose();
    }
  }

  /** Waits for a place in a tunnel. A client that leaves gives up its turn. */
  async #slotFor({ socket, abort }: Arrival): Promise<TunnelSlot> {
    const onClose = () => abort.abort(new CodedError('STOPPED'));
    socket.once('close', onClose);
    try {
      return await this.#options.pool.takeSlot(abort.signal);
    } finally {
      socket.off('close', onClose);
    }
  }

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

/** The text of Go and POSIX for ECONNREFUSED. containerd, CRI-O and socat report a closed port by this text and by no code. */
const REFUSED = /connection refused/i;

/** Returns `PORT_CLOSED` for a closed port, the most common failure, so that the message puts it before the runtime's text. */
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
