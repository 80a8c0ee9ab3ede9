import { type Clock, onAbort } from '../base/async.ts';
import { type Disposable, DisposableStore } from '../base/disposable.ts';
import { CodedError } from '../base/errors.ts';
import { Emitter, type Event } from '../base/event.ts';
import type { PodReference } from '../kinds/forwardNotice.ts';
import type { TransportName } from '../kinds/transports.ts';
import { AlarmClock } from './alarmClock.ts';
import { GrowthPause } from './growthPause.ts';
import { Harm, LONG_LIVED_MS, PooledTunnel, SETTLED_AFTER_MS, type TunnelSlot } from './pooledTunnel.ts';
import { SlowReaders } from './slowReaders.ts';
import { isQuiet, KEPT_TUNNELS, nextSurplus } from './surplus.ts';
import type { Dialer, Tunnel } from './transport/transport.ts';
import { bestFree, bestToShare, leastHarm, longestStuck, type StuckTunnel } from './tunnelChoice.ts';
import { TunnelQueue } from './tunnelQueue.ts';

export interface TunnelPoolOptions {
  readonly dialer: Dialer;
  readonly pod: PodReference;
  readonly clock: Clock;
  /**
   * Whether to open a new tunnel after the last tunnel was lost. If false, {@link TunnelPool.onDidLoseAll} fires at
   * once. Optional, default true.
   */
  readonly redials?: boolean;
}

/**
 * The maximum number of tunnels while a new connection can still share one of them without harm to older connections.
 */
const SHARING_TUNNELS = 8;
/**
 * The maximum number of tunnels in any case. If they are all in use, new connections share tunnels. If they are all
 * blocked, new connections wait. The pool opens more than {@link SHARING_TUNNELS} only if every tunnel is blocked, or
 * has a connection that would suffer from a stalled connection ({@link Harm}).
 */
const MAX_TUNNELS = 32;
/**
 * If no tunnel has been free for this long, the pool opens another tunnel. A shorter shortage is not worth the cost of
 * a handshake.
 */
const LASTING_NEED_MS = 150;
/**
 * If a connection blocks its tunnel because its local client or the pod has read nothing for this long, the connection
 * is reset.
 */
const STALL_LIMIT_MS = 10_000;
/**
 * The forward ends if, for this long, every tunnel has been stuck and every attempt to open another tunnel has failed.
 * The forward then cannot carry any connection.
 */
const HOPELESS_AFTER_MS = 10_000;
/**
 * How long a connection waits for a free tunnel, before it shares a tunnel in which it may harm an older connection.
 */
const MUST_SHARE_AFTER_MS = 2_000;
/**
 * If at least this many connections wait, they may at once share a tunnel whose connections were just answered
 * ({@link Harm}). Fewer connections first wait {@link SETTLED_AFTER_MS} for a free tunnel. Connections that arrive in a
 * burst are usually short, so they rarely block other connections in the same tunnel.
 */
const BURST = 4;
/**
 * The pool looks for a tunnel when a connection joins the queue, and again when the first connection in the queue has
 * waited for each of these times. The longer this connection has waited, the more {@link Harm} to older connections the
 * pool accepts. The pool may also open another tunnel.
 */
const WAITS_MS = [SETTLED_AFTER_MS, LASTING_NEED_MS, MUST_SHARE_AFTER_MS];
const SHORT_LIFE_MS = 1_000;
const MAX_SHORT_LIVED = 5;

/**
 * The tunnels of one forward. A local client that stops reading blocks its whole tunnel, because the SPDY library of
 * API servers has no flow control. So each connection gets a free tunnel if there is one, and the pool keeps a spare
 * tunnel. If no tunnel is free, the pool opens more tunnels. Meanwhile, new connections share tunnels whose connections
 * have no answer yet. A tunnel with a long-lived connection or a large transfer is shared only if the pool cannot grow
 * or a connection has waited for {@link MUST_SHARE_AFTER_MS}. A blocked tunnel is never shared.
 */
export class TunnelPool implements Disposable {
  readonly #options: TunnelPoolOptions;
  readonly #tunnels = new Set<PooledTunnel>();
  readonly #line: TunnelQueue;
  readonly #slowReaders = new SlowReaders();
  readonly #owned = new DisposableStore();
  readonly #abort = new AbortController();
  readonly #didLoseTunnel = this.#owned.add(new Emitter<CodedError>());
  readonly #didLoseAll = this.#owned.add(new Emitter<unknown>());
  #dialing = false;
  #shortLived = 0;
  /** Whether the pool is closed: it accepts no connections and opens no tunnels. */
  #isClosed = false;
  #isLost = false;
  readonly #growthPause: GrowthPause;
  /**
   * The time at which an attempt to open a tunnel failed for the first time while no tunnel moved bytes. If an attempt
   * still fails {@link HOPELESS_AFTER_MS} later, the forward ends. Undefined if there was no such failure, or a tunnel
   * has moved bytes since then.
   */
  #hopelessSince: number | undefined;
  /** When the pool found that no tunnel was free. Undefined if a tunnel is free. */
  #neededSince: number | undefined;
  #slots = 0;
  /**
   * When the last connection ended, or if there was none yet, when the pool was opened. Undefined while there is a
   * connection.
   */
  #quietSince: number | undefined;
  /**
   * Whether the spare tunnel was closed after a long time without connections. The pool then opens no spare tunnel
   * until the next connection.
   */
  #isResting = false;
  readonly #eviction: AlarmClock;
  readonly #waitAlarm: AlarmClock;
  readonly #growth: AlarmClock;
  readonly #trimming: AlarmClock;

  /** Fires when a tunnel and its connections were lost. The pool may open another tunnel. */
  readonly onDidLoseTunnel: Event<CodedError> = this.#didLoseTunnel.event;
  /** Fires with the reason when every tunnel is lost or stuck, and no new tunnel can be opened. */
  readonly onDidLoseAll: Event<unknown> = this.#didLoseAll.event;

  constructor(options: TunnelPoolOptions) {
    const { clock } = options;
    this.#options = options;
    this.#line = new TunnelQueue(clock, () => this.#setAlarms());
    this.#growthPause = this.#owned.add(new GrowthPause(clock, () => this.#serve()));
    this.#eviction = this.#owned.add(new AlarmClock(clock, () => this.#evict()));
    this.#waitAlarm = this.#owned.add(new AlarmClock(clock, () => this.#serve()));
    this.#growth = this.#owned.add(new AlarmClock(clock, () => this.#serve()));
    this.#trimming = this.#owned.add(new AlarmClock(clock, () => this.#trim()));
  }

  /** Opens the first tunnel and returns its transport. @throws CodedError the errors of {@link Dialer.dial} */
  async open(signal: AbortSignal): Promise<TransportName> {
    using _ = onAbort(signal, () => this.#abort.abort(signal.reason));
    const tunnel = await this.#options.dialer.dial(this.#options.pod, this.#abort.signal);
    this.#quietSince = this.#options.clock.now();
    this.#add(tunnel);
    return tunnel.transport;
  }

  /** Whether {@link onDidLoseAll} has fired. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** The number of open tunnels. */
  get size(): number {
    return this.#tunnels.size;
  }

  /**
   * Resolves with a slot in a tunnel for one connection: at once if a tunnel is free or can be shared without harm to
   * older connections, otherwise after a wait. The caller disposes of the slot.
   * @throws CodedError if no tunnel can be opened; the signal's reason when aborted
   */
  takeSlot(signal: AbortSignal): Promise<TunnelSlot> {
    if (this.#isClosed) return Promise.reject(new CodedError('STOPPED'));
    const slot = this.#line.join(signal);
    this.#isResting = false;
    this.#serve();
    return slot;
  }

  /** Opens no more tunnels, and rejects the connections that wait for a slot. Connections that have a slot continue. */
  drain(): void {
    this.#isClosed = true;
    this.#line.rejectAll(new CodedError('STOPPED'));
  }

  dispose(): void {
    this.#abort.abort(new CodedError('STOPPED'));
    this.#owned.dispose();
    for (const tunnel of this.#tunnels) tunnel.dispose();
    this.#tunnels.clear();
    this.#line.rejectAll(new CodedError('STOPPED'));
  }

  /**
   * Assigns tunnels to waiting connections. Opens another tunnel if the connections need one or the spare tunnel is
   * missing.
   */
  #serve(): void {
    if (this.#owned.isDisposed) return;
    if (this.#isOneMoving) this.#hopelessSince = undefined;
    const isBurst = this.#line.length >= BURST;
    for (;;) {
      const tunnel = this.#line.length === 0 ? undefined : this.#choose(isBurst);
      if (tunnel === undefined) break;
      this.#line.admit(this.#leaseFrom(tunnel));
    }
    this.#grow();
    this.#setAlarms();
  }

  #leaseFrom(tunnel: PooledTunnel): TunnelSlot {
    this.#slots++;
    this.#quietSince = undefined;
    return tunnel.takeSlot(() => {
      this.#slots--;
      if (this.#slots === 0) this.#quietSince = this.#options.clock.now();
      this.#serve();
    });
  }

  /**
   * Called when a tunnel moves bytes again. The forward then does not have to end after {@link HOPELESS_AFTER_MS}, and
   * waiting connections may share this tunnel.
   */
  #noteMove(): void {
    this.#hopelessSince = undefined;
    if (this.#line.length > 0) this.#serve();
  }

  #choose(isBurst: boolean): PooledTunnel | undefined {
    const free = bestFree(this.#tunnels);
    if (free !== undefined) return free;
    // A connection counts as answered ({@link Harm}) until it has received no bytes for {@link SETTLED_AFTER_MS}. So,
    // when the first waiting connection has waited that long, a connection that still counts as answered has received
    // bytes during this wait. The local client of such a connection will probably close it soon, so the waiting
    // connection may share its tunnel.
    const harm = isBurst || this.#waitedMs >= SETTLED_AFTER_MS ? Harm.answered : Harm.none;
    const mustShare = !this.#mayGrow || this.#waitedMs >= MUST_SHARE_AFTER_MS;
    return bestToShare(this.#tunnels, mustShare ? Harm.established : harm);
  }

  #usable(): PooledTunnel[] {
    return [...this.#tunnels].filter((tunnel) => !tunnel.isClosing);
  }

  get #isOneMoving(): boolean {
    for (const tunnel of this.#tunnels) if (!tunnel.isClosing && !tunnel.isPaused) return true;
    return false;
  }

  /** How long the first waiting connection has waited. */
  get #waitedMs(): number {
    const { since } = this.#line;
    return since === undefined ? 0 : this.#options.clock.now() - since;
  }

  /** Whether the pool can get another tunnel: a call of `dial` is running, or a new call is allowed. */
  get #mayGrow(): boolean {
    if (this.#dialing) return true;
    const harm = leastHarm(this.#tunnels) ?? Harm.established;
    return !this.#isPaused && this.#hasRoom(harm >= Harm.settled);
  }

  /** Whether the pool may call `dial` now. Unlike {@link #mayGrow}, false while a call is running. */
  get #mayDial(): boolean {
    if (this.#dialing || this.#isClosed || this.#isPaused) return false;
    const harm = leastHarm(this.#tunnels) ?? Harm.established;
    // Perhaps the local client of a settled connection is only slow to close the connection. Its tunnel will then soon
    // be free, and no other tunnel is needed. So settled connections justify more than {@link SHARING_TUNNELS} tunnels
    // only after a connection has waited for {@link LASTING_NEED_MS}.
    const isLasting = harm === Harm.settled && this.#waitedMs >= LASTING_NEED_MS;
    return this.#hasRoom(harm === Harm.established || isLasting);
  }

  /**
   * Whether the pool opens no tunnels for a while, because it failed to open one, or because a tunnel was lost soon
   * after it was opened ({@link GrowthPause}). False for a pool without tunnels, because such a pool can serve no
   * connection until it opens one.
   */
  get #isPaused(): boolean {
    return this.#growthPause.isActive && this.#tunnels.size > 0;
  }

  #hasRoom(isHarmful: boolean): boolean {
    return this.#usable().length < (isHarmful ? MAX_TUNNELS : SHARING_TUNNELS);
  }

  /**
   * Opens another tunnel if the pool needs one. Never opens two tunnels at the same time. Parallel handshakes would
   * slow each other down, and the waiting connections would get their first tunnel later.
   */
  #grow(): void {
    if (this.#isNeeded() && this.#mayDial) this.#dial();
  }

  /**
   * Returns whether the pool should have another tunnel now. A pool of {@link KEPT_TUNNELS} or more tunnels needs
   * another in only three cases: no tunnel has been free for {@link LASTING_NEED_MS}; a waiting connection could harm
   * older connections in every tunnel; or a preferred transport that failed temporarily may be tried again.
   */
  #isNeeded(): boolean {
    const usable = this.#usable();
    const lacksFree = !usable.some((tunnel) => tunnel.isIdle && !tunnel.isOutdated);
    this.#neededSince = lacksFree ? (this.#neededSince ?? this.#options.clock.now()) : undefined;
    if (usable.length === 0) return true;
    if (this.#line.length > 0 && (leastHarm(usable) ?? Harm.established) >= Harm.settled) return true;
    if (this.#isBetterDue(usable)) return true;
    if (usable.length < KEPT_TUNNELS) return lacksFree || (usable[0]?.isShared === true && !this.#isResting);
    return lacksFree && (this.#neededSince ?? 0) + LASTING_NEED_MS <= this.#options.clock.now();
  }

  /**
   * Returns whether to try a preferred transport again: all tunnels use a less preferred transport, and a preferred
   * transport has failed only temporarily, some time ago. Returns false if the forward has no connections, because no
   * connection would use the better tunnel.
   */
  #isBetterDue(usable: readonly PooledTunnel[]): boolean {
    const { dialer } = this.#options;
    return this.#slots > 0 && usable.every(({ transport }) => dialer.isBetterDue?.(transport) === true);
  }

  #dial(): void {
    this.#dialing = true;
    const { dialer, pod } = this.#options;
    dialer.dial(pod, this.#abort.signal, { isSpare: this.#line.length === 0 }).then(
      (tunnel) => {
        this.#dialing = false;
        this.#add(tunnel);
      },
      (error: unknown) => {
        this.#dialing = false;
        this.#failDial(error);
      },
    );
  }

  #add(tunnel: Tunnel): void {
    if (this.#owned.isDisposed) return tunnel.dispose();
    const { clock, dialer } = this.#options;
    const pooled = new PooledTunnel(tunnel, clock, {
      slowReaders: this.#slowReaders,
      onChange: () => this.#serve(),
      onMove: () => this.#noteMove(),
      onUseless: () => this.#close(pooled),
      onClosed: (error) => this.#remove(pooled, error),
    });
    for (const other of this.#tunnels) {
      if (dialer.isBetter?.(pooled.transport, other.transport) === true) other.isOutdated = true;
    }
    this.#tunnels.add(pooled);
    this.#growthPause.reset();
    this.#serve();
  }

  #close(tunnel: PooledTunnel): void {
    this.#tunnels.delete(tunnel);
    tunnel.dispose();
    this.#serve();
  }

  /** Closes tunnels that are no longer needed. */
  #trim(): void {
    const now = this.#options.clock.now();
    for (;;) {
      const next = nextSurplus(this.#tunnels, this.#quietSince);
      if (next === undefined || next.atMs > now) break;
      this.#tunnels.delete(next.tunnel);
      next.tunnel.dispose();
    }
    this.#isResting = isQuiet(this.#quietSince, now);
    this.#serve();
  }

  #remove(tunnel: PooledTunnel, error: CodedError | undefined): void {
    if (!this.#tunnels.delete(tunnel)) return;
    tunnel.dispose();
    const isShortLived = tunnel.ageMs < SHORT_LIFE_MS;
    this.#shortLived = isShortLived ? this.#shortLived + 1 : 0;
    const reason =
      error ?? new CodedError('LOST_CONNECTION_TO_SERVER', { reason: 'the server closed the tunnel' });
    this.#didLoseTunnel.fire(reason);
    // Opens no more tunnels after several short-lived tunnels. A server may accept each tunnel and close it at once.
    // Without this limit, the pool would then open tunnels forever.
    const mayRedial =
      (this.#options.redials ?? true) && this.#shortLived < MAX_SHORT_LIVED && !this.#isClosed;
    if (this.#tunnels.size === 0 && (!mayRedial || isFinal(reason))) return this.#loseAll(reason);
    if (isShortLived && this.#tunnels.size > 0) this.#growthPause.begin();
    this.#serve();
  }

  /**
   * Handles a failure to open a tunnel. Usually, waiting connections then share the existing tunnels. If there is no
   * tunnel, or all tunnels have been stuck for {@link HOPELESS_AFTER_MS}, the forward ends.
   */
  #failDial(error: unknown): void {
    if (this.#owned.isDisposed) return;
    const now = this.#options.clock.now();
    if (!this.#isOneMoving) this.#hopelessSince ??= now;
    const isHopeless =
      this.#tunnels.size === 0 || (this.#hopelessSince ?? Infinity) + HOPELESS_AFTER_MS <= now;
    if (isHopeless && !this.#dialing) return this.#loseAll(error);
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

  /**
   * Sets the four alarms: when to reset a stalled connection, when to decide again about the first waiting connection,
   * when to decide again whether to open a tunnel, and when to close an unneeded tunnel.
   */
  #setAlarms(): void {
    if (this.#owned.isDisposed) return;
    const stuckSince = this.#longestStuck()?.stalledSince;
    this.#eviction.set(stuckSince === undefined ? undefined : stuckSince + STALL_LIMIT_MS);
    const waitedMs = this.#waitedMs;
    const waitMs = WAITS_MS.find((limit) => limit > waitedMs);
    this.#waitAlarm.set(
      this.#line.since === undefined || waitMs === undefined ? undefined : this.#line.since + waitMs,
    );
    this.#growth.set(this.#nextGrowthAtMs);
    this.#trimming.set(nextSurplus(this.#tunnels, this.#quietSince)?.atMs);
  }

  /**
   * The time at which the pool decides again whether to open a tunnel. By then, the need for another tunnel has lasted
   * long enough, or connections may have become long-lived. Undefined if no tunnel is needed, or none can be opened
   * now.
   */
  get #nextGrowthAtMs(): number | undefined {
    if (this.#neededSince === undefined || this.#dialing || this.#isClosed || this.#isPaused)
      return undefined;
    if (this.#mayDial) return this.#neededSince + LASTING_NEED_MS;
    return this.#hasRoom(true) ? this.#options.clock.now() + LONG_LIVED_MS : undefined;
  }

  #evict(): void {
    const stuck = this.#longestStuck();
    const isDue = stuck !== undefined && stuck.stalledSince + STALL_LIMIT_MS <= this.#options.clock.now();
    // This method need not call `#serve`: the evicted connection releases its slot, and then the callback in
    // {@link #leaseFrom} calls `#serve`.
    if (isDue) stuck.tunnel.evict(new CodedError('STALLED', { seconds: STALL_LIMIT_MS / 1000 }));
    this.#setAlarms();
  }

  #longestStuck(): StuckTunnel | undefined {
    return longestStuck(this.#tunnels, this.#line.length > 0 && !this.#mayGrow);
  }
}

/** Returns whether an attempt to open another tunnel would fail with the same error. */
function isFinal(error: CodedError): boolean {
  return error.code !== 'LOST_CONNECTION_TO_SERVER' && error.code !== 'PROTOCOL';
}
