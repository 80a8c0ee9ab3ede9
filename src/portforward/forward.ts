import type { Socket } from 'node:net';
import { type Clock, onAbort } from '../base/async.ts';
import { DisposableStore } from '../base/disposable.ts';
import { CodedError, describeError, isCoded } from '../base/errors.ts';
import type { ForwardCounters, ForwardEvent } from './events.ts';
import type { BoundAddress } from './listener.ts';
import type { TunnelLease } from './pooledTunnel.ts';
import { pump, type Traffic } from './pump.ts';
import type { TunnelPool } from './tunnelPool.ts';

/** Carries the connections of one forward: each gets its place in the pool, its pump, and its line in the counts. */
export class Forward {
  readonly #pool: TunnelPool;
  readonly #clock: Clock;
  readonly #onEvent: (event: ForwardEvent) => void;
  readonly #sockets = new Set<Socket>();
  readonly #abort = new AbortController();
  readonly #live = new Set<Traffic>();
  readonly #carried = new Set<Promise<void>>();
  #ended: Traffic = { bytesSent: 0, bytesReceived: 0 };
  #total = 0;
  #failed = 0;

  constructor(pool: TunnelPool, clock: Clock, onEvent: (event: ForwardEvent) => void) {
    this.#pool = pool;
    this.#clock = clock;
    this.#onEvent = onEvent;
  }

  get counters(): ForwardCounters {
    let { bytesSent, bytesReceived } = this.#ended;
    for (const traffic of this.#live) {
      bytesSent += traffic.bytesSent;
      bytesReceived += traffic.bytesReceived;
    }
    return { open: this.#live.size, total: this.#total, failed: this.#failed, bytesSent, bytesReceived };
  }

  /** Takes a local connection over and carries it to its end. */
  accept(socket: Socket, address: BoundAddress): void {
    // Until its pump listens, the client may have gone.
    socket.on('error', () => {});
    if (this.#abort.signal.aborted) {
      socket.destroy();
      return;
    }
    const carried = this.#carry(socket, address).finally(() => this.#carried.delete(carried));
    this.#carried.add(carried);
  }

  /** Cuts off every connection, as the end of a program does; resolves when each has ended. */
  async close(): Promise<void> {
    this.#abort.abort(new CodedError('STOPPED'));
    for (const socket of this.#sockets) socket.resetAndDestroy();
    await Promise.all(this.#carried);
  }

  async #carry(socket: Socket, address: BoundAddress): Promise<void> {
    const connection = ++this.#total;
    const traffic: Traffic = { bytesSent: 0, bytesReceived: 0 };
    this.#live.add(traffic);
    this.#sockets.add(socket);
    this.#onEvent({ type: 'connection', connection, address });
    const error = await this.#pumpThroughTunnel(socket, address, traffic);
    this.#sockets.delete(socket);
    this.#live.delete(traffic);
    this.#ended.bytesSent += traffic.bytesSent;
    this.#ended.bytesReceived += traffic.bytesReceived;
    const isFailure = error !== undefined && !this.#abort.signal.aborted;
    if (isFailure) this.#failed++;
    this.#onEvent({ type: 'connectionEnded', connection, address, ...traffic, ...(isFailure && { error }) });
  }

  async #pumpThroughTunnel(
    socket: Socket,
    address: BoundAddress,
    traffic: Traffic,
  ): Promise<CodedError | undefined> {
    const owned = new DisposableStore();
    try {
      const lease = owned.add(await this.#leaseFor(socket));
      const pod = owned.add(lease.open(address.remotePort));
      return await pump(socket, pod, traffic, lease, this.#clock);
    } catch (error) {
      if (socket.destroyed) return undefined;
      socket.resetAndDestroy();
      return isCoded(error)
        ? error
        : new CodedError('CONNECTION_FAILED', { reason: describeError(error) }, error);
    } finally {
      owned.dispose();
    }
  }

  /** A client that leaves while it waits gives its turn up. */
  async #leaseFor(socket: Socket): Promise<TunnelLease> {
    const gone = new AbortController();
    const onClose = () => gone.abort(new CodedError('STOPPED'));
    socket.once('close', onClose);
    const abort = onAbort(this.#abort.signal, onClose);
    try {
      return await this.#pool.lease(gone.signal);
    } finally {
      socket.off('close', onClose);
      abort.dispose();
    }
  }
}
