import { type Clock, onAbort } from '../base/async.ts';
import { type Disposable, DisposableStore } from '../base/disposable.ts';
import { CodedError } from '../base/errors.ts';
import { Emitter, type Event } from '../base/event.ts';
import { PooledTunnel, type TunnelLease } from './pooledTunnel.ts';
import type { Dialer, PodReference, TransportName, Tunnel } from './transport/transport.ts';

export interface TunnelPoolOptions {
  readonly dialer: Dialer;
  readonly pod: PodReference;
  readonly clock: Clock;
  /** Whether another is dialled when the last one was lost; true where missing. */
  readonly redials?: boolean;
}

/** Tunnels of which each carries one connection only, before connections that begin together share one. */
const DEDICATED_TUNNELS = 8;
/** Tunnels in all: past the first ones where there is nothing to share but what is stuck, or what a stall would hurt. */
const MAX_TUNNELS = 32;
const IDLE_LIMIT_MS = 30_000;
/** A connection that took nothing for so long makes way when others need its place. */
const STALL_LIMIT_MS = 60_000;
/** After a refused tunnel those that there are have to do. */
const GROWTH_PAUSE_MS = 1_000;
const SHORT_LIFE_MS = 1_000;
const MAX_SHORT_LIVED = 5;

/** A connection that waits for a tunnel. */
interface Waiter {
  readonly resolve: (lease: TunnelLease) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The tunnels of one forward. The Go side has no flow control: one connection whose client stops reading stops its whole
 * tunnel. So each connection gets a tunnel to itself while there are few, and a spare one is kept open. Past that,
 * connections share with those that have only begun as well: never a tunnel that is stuck, and one whose connection the pod
 * has answered (a database's, a stream of events) only when the pool can grow no more, large transfers last.
 */
export class TunnelPool implements Disposable {
  readonly #options: TunnelPoolOptions;
  readonly #tunnels = new Set<PooledTunnel>();
  readonly #waiters: Waiter[] = [];
  readonly #owned = new DisposableStore();
  readonly #abort = new AbortController();
  readonly #didLoseTunnel = this.#owned.add(new Emitter<CodedError>());
  readonly #didLoseAll = this.#owned.add(new Emitter<unknown>());
  #dialing = 0;
  #shortLived = 0;
  /** Takes no connections any more, and opens no tunnels for them. */
  #isClosed = false;
  #growthPause: Disposable | undefined;
  #evictionTimer: Disposable | undefined;

  /** A tunnel was lost, its connections with it; another is on its way. */
  readonly onDidLoseTunnel: Event<CodedError> = this.#didLoseTunnel.event;
  /** No tunnel is left and none can be had: the error says why. */
  readonly onDidLoseAll: Event<unknown> = this.#didLoseAll.event;

  constructor(options: TunnelPoolOptions) {
    this.#options = options;
  }

  /** Opens the first tunnel. @throws CodedError as {@link Dialer.dial} does */
  async open(signal: AbortSignal): Promise<TransportName> {
    const abort = onAbort(signal, () => this.#abort.abort(signal.reason));
    try {
      const tunnel = await this.#options.dialer.dial(this.#options.pod, this.#abort.signal);
      this.#add(tunnel);
      return tunnel.transport;
    } finally {
      abort.dispose();
    }
  }

  /** Tunnels open now. */
  get size(): number {
    return this.#tunnels.size;
  }

  /**
   * A place in a tunnel for one connection, at once where a tunnel is free. The caller disposes of the lease.
   * @throws CodedError when no tunnel can be had; the signal's reason when aborted
   */
  lease(signal: AbortSignal): Promise<TunnelLease> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      if (this.#isClosed) return reject(new CodedError('STOPPED'));
      const waiter: Waiter = {
        resolve: (lease) => {
          abort.dispose();
          resolve(lease);
        },
        reject: (error) => {
          abort.dispose();
          reject(error);
        },
      };
      const abort = onAbort(signal, () => {
        const index = this.#waiters.indexOf(waiter);
        if (index >= 0) this.#waiters.splice(index, 1);
        reject(signal.reason);
      });
      this.#waiters.push(waiter);
      this.#serve();
    });
  }

  /** Opens no more tunnels: those that there are serve their connections to the end. */
  drain(): void {
    this.#isClosed = true;
    this.#rejectAll(new CodedError('STOPPED'));
  }

  dispose(): void {
    this.#abort.abort(new CodedError('STOPPED'));
    this.#owned.dispose();
    this.#evictionTimer?.dispose();
    this.#growthPause?.dispose();
    for (const tunnel of this.#tunnels) tunnel.dispose();
    this.#tunnels.clear();
    this.#rejectAll(new CodedError('STOPPED'));
  }

  /** Gives waiting connections their tunnels, opens more where that helps, and keeps a spare. */
  #serve(): void {
    if (this.#owned.isDisposed) return;
    for (;;) {
      const tunnel = this.#waiters.length === 0 ? undefined : this.#choose();
      if (tunnel === undefined) break;
      this.#waiters.shift()?.resolve(tunnel.lease(() => this.#serve()));
    }
    this.#grow();
    this.#scheduleEviction();
  }

  /** The tunnel for the next connection: an idle one, else one to share where no more may be opened for it. */
  #choose(): PooledTunnel | undefined {
    const moving = this.#usable().filter((tunnel) => !tunnel.isPaused);
    const free = moving.find((tunnel) => tunnel.isFree);
    if (free !== undefined) return free;
    // Those that are under way are for the first who wait.
    if (this.#waiters.length <= this.#dialing || this.#room > 0) return undefined;
    return (
      leastLoaded(moving.filter((tunnel) => !tunnel.hasEstablished)) ??
      leastLoaded(moving.filter((tunnel) => !tunnel.hasBulk)) ??
      leastLoaded(moving)
    );
  }

  #usable(): PooledTunnel[] {
    return [...this.#tunnels].filter((tunnel) => !tunnel.isClosing);
  }

  /** How many more tunnels may be opened. */
  get #room(): number {
    if (this.#growthPause !== undefined) return 0;
    const canShare = this.#usable().some((tunnel) => !tunnel.isPaused && !tunnel.hasEstablished);
    const limit = canShare ? DEDICATED_TUNNELS : MAX_TUNNELS;
    return Math.max(0, limit - this.#tunnels.size - this.#dialing);
  }

  /** As many as wait, and a spare; no more than one pool may have. */
  #grow(): void {
    const free = this.#usable().filter((tunnel) => tunnel.isFree).length;
    const wanted = this.#waiters.length + 1 - free - this.#dialing;
    for (let count = Math.min(wanted, this.#room); count > 0; count--) this.#dial();
  }

  #dial(): void {
    this.#dialing++;
    const { dialer, pod } = this.#options;
    dialer.dial(pod, this.#abort.signal).then(
      (tunnel) => {
        this.#dialing--;
        this.#add(tunnel);
      },
      (error: unknown) => {
        this.#dialing--;
        this.#failDial(error);
      },
    );
  }

  #add(tunnel: Tunnel): void {
    if (this.#owned.isDisposed) return tunnel.dispose();
    const pooled = new PooledTunnel(tunnel, this.#options.clock, {
      idleLimitMs: IDLE_LIMIT_MS,
      onChange: () => this.#serve(),
      onIdle: () => this.#closeIdle(pooled),
      onClosed: (error) => this.#remove(pooled, error),
    });
    this.#tunnels.add(pooled);
    this.#serve();
  }

  /** The last one stays, so that the next connection still costs one round trip. */
  #closeIdle(tunnel: PooledTunnel): void {
    if (this.#usable().filter((other) => other.isFree).length < 2) return;
    this.#tunnels.delete(tunnel);
    tunnel.dispose();
  }

  #remove(tunnel: PooledTunnel, error: CodedError | undefined): void {
    if (!this.#tunnels.delete(tunnel)) return;
    tunnel.dispose();
    this.#shortLived = tunnel.ageMs < SHORT_LIFE_MS ? this.#shortLived + 1 : 0;
    const reason = error ?? new CodedError('LOST_CONNECTION_TO_SERVER', { reason: 'it closed the tunnel' });
    this.#didLoseTunnel.fire(reason);
    // A server that agrees and hangs up again and again would be asked for ever.
    const mayRedial =
      (this.#options.redials ?? true) && this.#shortLived < MAX_SHORT_LIVED && !this.#isClosed;
    if (this.#tunnels.size === 0 && !mayRedial) this.#loseAll(reason);
    else this.#serve();
  }

  /** Who waits shares what is left; with nothing left the forward is over. */
  #failDial(error: unknown): void {
    if (this.#owned.isDisposed) return;
    if (this.#tunnels.size === 0 && this.#dialing === 0) return this.#loseAll(error);
    this.#growthPause?.dispose();
    this.#growthPause = this.#options.clock.setTimer(GROWTH_PAUSE_MS, () => {
      this.#growthPause = undefined;
      this.#serve();
    });
    this.#serve();
  }

  #loseAll(error: unknown): void {
    this.#isClosed = true;
    this.#didLoseAll.fire(error);
    this.#rejectAll(error);
  }

  #rejectAll(error: unknown): void {
    for (const waiter of this.#waiters.splice(0)) waiter.reject(error);
  }

  /** Who has been stalled longest makes way for those who wait, or whom it holds up, once its time is over. */
  #scheduleEviction(): void {
    this.#evictionTimer?.dispose();
    this.#evictionTimer = undefined;
    const stuck = this.#longestStuck();
    if (stuck?.stalledSince === undefined) return;
    const { clock } = this.#options;
    const waitMs = Math.max(0, stuck.stalledSince + STALL_LIMIT_MS - clock.now());
    this.#evictionTimer = clock.setTimer(waitMs, () => {
      const isStillStuck = (stuck.stalledSince ?? Infinity) + STALL_LIMIT_MS <= clock.now();
      if (isStillStuck) stuck.evict(new CodedError('STALLED', { seconds: STALL_LIMIT_MS / 1000 }));
      this.#serve();
    });
  }

  #longestStuck(): PooledTunnel | undefined {
    const isCrowded = this.#waiters.length > 0;
    return [...this.#tunnels]
      .filter((tunnel) => tunnel.isPaused && tunnel.stalledSince !== undefined)
      .filter((tunnel) => isCrowded || tunnel.leaseCount > 1)
      .sort((a, b) => (a.stalledSince ?? 0) - (b.stalledSince ?? 0))[0];
  }
}

function leastLoaded(tunnels: readonly PooledTunnel[]): PooledTunnel | undefined {
  return tunnels.toSorted((a, b) => a.leaseCount - b.leaseCount)[0];
}
