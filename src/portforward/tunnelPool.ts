import { type Clock, onAbort } from '../base/async.ts';
import { type Disposable, DisposableStore } from '../base/disposable.ts';
import { CodedError } from '../base/errors.ts';
import { Emitter, type Event } from '../base/event.ts';
import { GrowthPause } from './growthPause.ts';
import { PooledTunnel, type TunnelLease } from './pooledTunnel.ts';
import type { Dialer, PodReference, TransportName, Tunnel } from './transport/transport.ts';
import { bestToShare, longestStuck, type StuckTunnel } from './tunnelChoice.ts';
import { WaitingLine } from './waitingLine.ts';

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
/** So long may it be that no tunnel moves and none can be had: then no traffic can pass. */
const HOPELESS_AFTER_MS = 10_000;
/** A connection waits no longer for a tunnel to itself while there is one to share. */
const PATIENCE_MS = 2_000;
const SHORT_LIFE_MS = 1_000;
const MAX_SHORT_LIVED = 5;

/**
 * The tunnels of one forward. The Go side has no flow control: one connection whose client stops reading stops its whole
 * tunnel. So each connection gets a tunnel to itself while there are few, and a spare one is kept open. Past that,
 * connections share with those that have only begun as well: never a tunnel that is stuck, and one whose connection the pod
 * has answered (a database's, a stream of events) only when the pool can grow no more, large transfers last.
 */
export class TunnelPool implements Disposable {
  readonly #options: TunnelPoolOptions;
  readonly #tunnels = new Set<PooledTunnel>();
  readonly #line: WaitingLine;
  readonly #owned = new DisposableStore();
  readonly #abort = new AbortController();
  readonly #didLoseTunnel = this.#owned.add(new Emitter<CodedError>());
  readonly #didLoseAll = this.#owned.add(new Emitter<unknown>());
  #dialing = 0;
  #shortLived = 0;
  /** Takes no connections any more, and opens no tunnels for them. */
  #isClosed = false;
  #isLost = false;
  readonly #growthPause: GrowthPause;
  /** Since when no tunnel has moved while none could be had. */
  #hopelessSince: number | undefined;
  #evictionTimer: Disposable | undefined;
  #patienceTimer: Disposable | undefined;

  /** A tunnel was lost, its connections with it; another is on its way. */
  readonly onDidLoseTunnel: Event<CodedError> = this.#didLoseTunnel.event;
  /** No tunnel is left and none can be had: the error says why. */
  readonly onDidLoseAll: Event<unknown> = this.#didLoseAll.event;

  constructor(options: TunnelPoolOptions) {
    this.#options = options;
    this.#line = new WaitingLine(options.clock, () => this.#scheduleTimers());
    this.#growthPause = this.#owned.add(new GrowthPause(options.clock, () => this.#serve()));
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

  /** Whether {@link onDidLoseAll} has fired. */
  get isLost(): boolean {
    return this.#isLost;
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
    if (this.#isClosed) return Promise.reject(new CodedError('STOPPED'));
    const lease = this.#line.join(signal);
    this.#serve();
    return lease;
  }

  /** Opens no more tunnels: those that there are serve their connections to the end. */
  drain(): void {
    this.#isClosed = true;
    this.#line.rejectAll(new CodedError('STOPPED'));
  }

  dispose(): void {
    this.#abort.abort(new CodedError('STOPPED'));
    this.#owned.dispose();
    this.#evictionTimer?.dispose();
    this.#patienceTimer?.dispose();
    for (const tunnel of this.#tunnels) tunnel.dispose();
    this.#tunnels.clear();
    this.#line.rejectAll(new CodedError('STOPPED'));
  }

  /** Gives waiting connections their tunnels, opens more where that helps, and keeps a spare. */
  #serve(): void {
    if (this.#owned.isDisposed) return;
    if (this.#isOneMoving) this.#hopelessSince = undefined;
    for (;;) {
      const tunnel = this.#line.length === 0 ? undefined : this.#choose();
      if (tunnel === undefined) break;
      this.#line.admit(tunnel.lease(() => this.#serve()));
    }
    this.#grow();
    this.#scheduleTimers();
  }

  /** Whoever waits may have waited for it. */
  #noteMove(): void {
    this.#hopelessSince = undefined;
    if (this.#line.length > 0) this.#serve();
  }

  /** The tunnel for the next connection: an idle one, else one to share where no more may be opened for it. */
  #choose(): PooledTunnel | undefined {
    for (const tunnel of this.#tunnels) if (tunnel.isIdle) return tunnel;
    // Whoever shared while others are on their way would all crowd into the few that are here.
    if (this.#mayGrow && !this.#isImpatient) return undefined;
    return bestToShare(this.#usable().filter((tunnel) => !tunnel.isPaused));
  }

  #usable(): PooledTunnel[] {
    return [...this.#tunnels].filter((tunnel) => !tunnel.isClosing);
  }

  get #isOneMoving(): boolean {
    for (const tunnel of this.#tunnels) if (!tunnel.isClosing && !tunnel.isPaused) return true;
    return false;
  }

  /** Whether the first who waits has done so for long enough. */
  get #isImpatient(): boolean {
    return (this.#line.since ?? Infinity) + PATIENCE_MS <= this.#options.clock.now();
  }

  /** Whether a tunnel is on its way, or about to be. */
  get #mayGrow(): boolean {
    return this.#dialing > 0 || this.#room > 0;
  }

  /** How many more tunnels may be opened. */
  get #room(): number {
    if (this.#growthPause.isActive) return 0;
    const canShare = this.#usable().some((tunnel) => !tunnel.isPaused && !tunnel.hasEstablished);
    const limit = canShare ? DEDICATED_TUNNELS : MAX_TUNNELS;
    return Math.max(0, limit - this.#usable().length - this.#dialing);
  }

  /** As many as wait, and a spare; no more than one pool may have. */
  #grow(): void {
    if (this.#isClosed) return;
    let wanted = this.#line.length + 1 - this.#dialing;
    for (const tunnel of this.#tunnels) if (tunnel.isIdle) wanted--;
    if (wanted <= 0) return;
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
      onMove: () => this.#noteMove(),
      onIdle: () => this.#closeIdle(pooled),
      onUseless: () => this.#close(pooled),
      onClosed: (error) => this.#remove(pooled, error),
    });
    this.#tunnels.add(pooled);
    this.#growthPause.reset();
    this.#serve();
  }

  /** The last one stays, so that the next connection still costs one round trip. */
  #closeIdle(tunnel: PooledTunnel): void {
    const isLast = this.#usable().filter((other) => other.isFree).length < 2;
    if (tunnel.isClosing || !isLast) this.#close(tunnel);
  }

  #close(tunnel: PooledTunnel): void {
    this.#tunnels.delete(tunnel);
    tunnel.dispose();
    this.#serve();
  }

  #remove(tunnel: PooledTunnel, error: CodedError | undefined): void {
    if (!this.#tunnels.delete(tunnel)) return;
    tunnel.dispose();
    const isShortLived = tunnel.ageMs < SHORT_LIFE_MS;
    this.#shortLived = isShortLived ? this.#shortLived + 1 : 0;
    const reason = error ?? new CodedError('LOST_CONNECTION_TO_SERVER', { reason: 'it closed the tunnel' });
    this.#didLoseTunnel.fire(reason);
    // A server that agrees and hangs up again and again would be asked for ever.
    const mayRedial =
      (this.#options.redials ?? true) && this.#shortLived < MAX_SHORT_LIVED && !this.#isClosed;
    if (this.#tunnels.size === 0 && (!mayRedial || isFinal(reason))) return this.#loseAll(reason);
    if (isShortLived && this.#tunnels.size > 0) this.#growthPause.begin();
    this.#serve();
  }

  /** Who waits shares what is left; with nothing left that moves the forward is over. */
  #failDial(error: unknown): void {
    if (this.#owned.isDisposed) return;
    const now = this.#options.clock.now();
    if (!this.#isOneMoving) this.#hopelessSince ??= now;
    const isHopeless =
      this.#tunnels.size === 0 || (this.#hopelessSince ?? Infinity) + HOPELESS_AFTER_MS <= now;
    if (isHopeless && this.#dialing === 0) return this.#loseAll(error);
    this.#growthPause.begin();
    this.#serve();
  }

  #loseAll(error: unknown): void {
    if (this.#isLost) return;
    this.#isLost = true;
    this.#isClosed = true;
    this.#didLoseAll.fire(error);
    this.#line.rejectAll(error);
  }

  /** Who has been stalled longest makes way for those whom it holds up, and who waits does not wait too long. */
  #scheduleTimers(): void {
    const { clock } = this.#options;
    this.#evictionTimer?.dispose();
    this.#patienceTimer?.dispose();
    this.#evictionTimer = undefined;
    this.#patienceTimer = undefined;
    if (this.#owned.isDisposed) return;
    const stuck = this.#longestStuck();
    if (stuck !== undefined) {
      const waitMs = Math.max(0, stuck.stalledSince + STALL_LIMIT_MS - clock.now());
      this.#evictionTimer = clock.setTimer(waitMs, () => this.#evict());
    }
    if (this.#line.since !== undefined && !this.#isImpatient) {
      const waitMs = this.#line.since + PATIENCE_MS - clock.now();
      this.#patienceTimer = clock.setTimer(waitMs, () => this.#serve());
    }
  }

  #evict(): void {
    const stuck = this.#longestStuck();
    const isDue = stuck !== undefined && stuck.stalledSince + STALL_LIMIT_MS <= this.#options.clock.now();
    // The place that it gives up is served when it is free.
    if (isDue) stuck.tunnel.evict(new CodedError('STALLED', { seconds: STALL_LIMIT_MS / 1000 }));
    else this.#serve();
  }

  #longestStuck(): StuckTunnel | undefined {
    return longestStuck(this.#tunnels, this.#line.length > 0 && !this.#mayGrow);
  }
}

/** What another try would meet again. */
function isFinal(error: CodedError): boolean {
  return error.code !== 'LOST_CONNECTION_TO_SERVER' && error.code !== 'PROTOCOL';
}
