import type { Clock } from '../base/async.ts';
import { type Disposable, DisposableStore, toDisposable } from '../base/disposable.ts';
import type { CodedError } from '../base/errors.ts';
import type { TransportName } from '../kinds/transports.ts';
import { watchHeartbeat } from './heartbeat.ts';
import type { ConnectionReport } from './pump.ts';
import type { SlowReaders } from './slowReaders.ts';
import type { PodConnection, Tunnel } from './transport/transport.ts';

/** One connection's place in a tunnel. Disposing gives the place up. */
export interface TunnelLease extends ConnectionReport, Disposable {
  /** See {@link Tunnel.open}. */
  open(port: number): PodConnection;
}

export interface PooledTunnelOptions {
  /** Of the forward that the tunnel belongs to. */
  readonly slowReaders: SlowReaders;
  /** The tunnel may take connections that it could not take before, or the other way round. */
  readonly onChange: () => void;
  /** The tunnel moves again after a moment too short to count. */
  readonly onMove: () => void;
  /** Nobody uses the tunnel, and it will not take the next connection: it is full, or closing. */
  readonly onUseless: () => void;
  /** The tunnel has ended, with the reason if it was lost. */
  readonly onClosed: (error: CodedError | undefined) => void;
}

/** A shorter standstill is the ordinary give and take of a fast sender and a slower reader. */
const STUCK_AFTER_MS = 250;
/** More than most answers of an API. A page's larger files take no longer than a dial would. */
const BULK_BYTES = 64 * 1024;
/** An answered connection that is older is kept open: a database's, a stream of events, a browser's. */
export const LONG_LIVED_MS = 1_000;

/** How long an answered connection may be silent before it counts as kept open: a client that is through closes sooner. */
export const SETTLED_AFTER_MS = 20;

/** Whom a stall of a newcomer would harm, from nobody to somebody who has had the tunnel for long. */
export const Harm = {
  /** The pod has not answered yet: connections that begin together share. */
  none: 0,
  /** The pod has just answered, and the client may be about to close. */
  answered: 1,
  /** The client keeps an answered connection open. */
  settled: 2,
  /** An answered connection older than a second, a large transfer, or one that is stalled itself. */
  established: 3,
} as const;
export type Harm = (typeof Harm)[keyof typeof Harm];

interface LeaseEntry extends TunnelLease {
  /** Whether the client has sent its FIN. */
  isLingering: boolean;
  /** Whether the connection was told to make way. */
  isLeaving: boolean;
  readonly since: number;
  receivedBytes: number;
  receivedAt: number;
  stalledSince: number | undefined;
}

/** A tunnel of a pool, with the connections in it and its heartbeat. */
export class PooledTunnel implements Disposable {
  readonly #tunnel: Tunnel;
  readonly #clock: Clock;
  readonly #options: PooledTunnelOptions;
  /** Connections that keep the tunnel from others. */
  readonly #inUse = new Set<LeaseEntry>();
  /** Connections whose clients have sent their FIN: with most container runtimes all of the last second. */
  readonly #lingering = new Set<LeaseEntry>();
  /** How many of those still wait for an answer, or for the rest of a large one. */
  #awaited = 0;
  readonly #owned = new DisposableStore();
  readonly #openedAt: number;
  /** A better transport works again: new connections go there. */
  isOutdated = false;
  #freeSince: number;
  #stuckTimer: Disposable | undefined;
  /** Since when it has moved nothing. */
  #pausedSince: number | undefined;
  /** Whether the pool was told that it is stuck. */
  #isStuck = false;

  constructor(tunnel: Tunnel, clock: Clock, options: PooledTunnelOptions) {
    this.#tunnel = tunnel;
    this.#clock = clock;
    this.#options = options;
    this.#openedAt = clock.now();
    this.#freeSince = this.#openedAt;
    this.#owned.add(tunnel);
    this.#owned.add(tunnel.onDidClose((error) => options.onClosed(error)));
    this.#owned.add(tunnel.onDidChangePause((isPaused) => this.#changePause(isPaused)));
    if (tunnel.ping !== undefined) this.#owned.add(watchHeartbeat(tunnel, clock));
    this.#owned.add(toDisposable(() => this.#stuckTimer?.dispose()));
  }

  get transport(): TransportName {
    return this.#tunnel.transport;
  }

  /** Whether connections through it can hold each other up. */
  get isShared(): boolean {
    return this.#tunnel.isShared;
  }

  /**
   * Whether a connection would have the tunnel to itself. Connections whose clients have sent their FIN do not count: a
   * container runtime keeps them for a second more.
   */
  get isFree(): boolean {
    return !this.#tunnel.isShared || this.#inUse.size === 0;
  }

  /** Since when the tunnel has been free, while it is. */
  get freeSince(): number {
    return this.#freeSince;
  }

  /** Whether the next connection could have the tunnel, and to itself. */
  get isIdle(): boolean {
    return !this.isClosing && !this.isPaused && this.isFree;
  }

  /** Whether there is no connection at all in the tunnel. */
  get isEmpty(): boolean {
    return this.#inUse.size + this.#lingering.size === 0;
  }

  get isPaused(): boolean {
    return this.#tunnel.isPaused;
  }

  get isClosing(): boolean {
    return this.#tunnel.isClosing;
  }

  get ageMs(): number {
    return this.#clock.now() - this.#openedAt;
  }

  /** How many connections use the tunnel. */
  get load(): number {
    return this.#inUse.size;
  }

  /** What a stall of the next connection would do to those that use the tunnel. */
  get harm(): Harm {
    const now = this.#clock.now();
    let harm: Harm = Harm.none;
    for (const lease of this.#inUse) harm = Math.max(harm, harmTo(lease, now)) as Harm;
    return harm;
  }

  /** Whether one of its connections carries much, and is the likeliest to be stuck next. */
  get hasBulk(): boolean {
    return this.#uses(({ receivedBytes }) => receivedBytes > BULK_BYTES);
  }

  /** Whether a client that has sent its FIN still waits for an answer, or for the rest of a large one. */
  get hasAwaited(): boolean {
    return this.#awaited > 0;
  }

  /** Since when the longest stalled connection has kept the tunnel from moving. */
  get stalledSince(): number | undefined {
    const stalledSince = this.#longestStalled()?.stalledSince;
    if (stalledSince === undefined || !this.isPaused) return undefined;
    return Math.max(stalledSince, this.#pausedSince ?? stalledSince);
  }

  /** Whether a stalled connection keeps another one waiting that would take its data. */
  get holdsOthersUp(): boolean {
    return (
      this.hasAwaited || this.#uses(({ stalledSince, isLeaving }) => stalledSince === undefined && !isLeaving)
    );
  }

  lease(onRelease: () => void): TunnelLease {
    const now = this.#clock.now();
    const options = this.#options;
    const lease: LeaseEntry = {
      isLingering: false,
      isLeaving: false,
      since: now,
      receivedBytes: 0,
      receivedAt: now,
      stalledSince: undefined,
      onEvict: undefined,
      open: (port) => this.#tunnel.open(port),
      addReceived: (bytes) => this.#addReceived(lease, bytes),
      setStalled: (isStalled) => this.#setStalled(lease, isStalled),
      // By itself it holds nobody up.
      mayHoldMore: (waitingBytes) =>
        this.#inUse.size + this.#lingering.size > 1 && options.slowReaders.mayHoldMore(lease, waitingBytes),
      setLingering: () => this.#setLingering(lease),
      dispose: () => {
        if (!this.#remove(lease)) return;
        options.slowReaders.forget(lease);
        if (this.isEmpty) this.#rest();
        onRelease();
      },
    };
    this.#add(lease);
    return lease;
  }

  /** Makes the longest stalled connection give up its place. */
  evict(error: CodedError): void {
    const lease = this.#longestStalled();
    if (lease === undefined) return;
    lease.stalledSince = undefined;
    lease.isLeaving = true;
    lease.onEvict?.(error);
  }

  dispose(): void {
    this.#owned.dispose();
  }

  #uses(fits: (lease: LeaseEntry) => boolean): boolean {
    for (const lease of this.#inUse) if (fits(lease)) return true;
    return false;
  }

  #longestStalled(): LeaseEntry | undefined {
    let longest: LeaseEntry | undefined;
    for (const lease of this.#inUse) {
      if ((lease.stalledSince ?? Infinity) < (longest?.stalledSince ?? Infinity)) longest = lease;
    }
    return longest;
  }

  #addReceived(lease: LeaseEntry, bytes: number): void {
    // Of a large transfer no more is asked.
    if (lease.receivedBytes <= BULK_BYTES) lease.receivedAt = this.#clock.now();
    if (!lease.isLingering) lease.receivedBytes += bytes;
    else
      this.#change(lease, () => {
        lease.receivedBytes += bytes;
      });
  }

  #setStalled(lease: LeaseEntry, isStalled: boolean): void {
    const wasStalled = lease.stalledSince !== undefined;
    if (!isStalled) this.#options.slowReaders.forget(lease);
    if (isStalled === wasStalled || lease.isLeaving) return;
    const stalledSince = isStalled ? this.#clock.now() : undefined;
    if (!lease.isLingering) lease.stalledSince = stalledSince;
    else
      this.#change(lease, () => {
        lease.stalledSince = stalledSince;
      });
    // Whom the tunnel is stuck for is known only now.
    if (isStalled && this.#isStuck) this.#options.onChange();
  }

  #setLingering(lease: LeaseEntry): void {
    if (lease.isLingering || !this.#inUse.has(lease)) return;
    this.#change(lease, () => {
      lease.isLingering = true;
    });
    this.#options.onChange();
  }

  /** Lets a lease change, and keeps it in the right set. */
  #change(lease: LeaseEntry, change: () => void): void {
    if (!this.#remove(lease)) return;
    change();
    this.#add(lease);
  }

  #add(lease: LeaseEntry): void {
    if (!lease.isLingering || lease.stalledSince !== undefined) this.#inUse.add(lease);
    else {
      this.#lingering.add(lease);
      if (isAwaited(lease)) this.#awaited++;
    }
  }

  /** Returns whether the lease was there. */
  #remove(lease: LeaseEntry): boolean {
    if (this.#lingering.delete(lease)) {
      if (isAwaited(lease)) this.#awaited--;
      return true;
    }
    if (!this.#inUse.delete(lease)) return false;
    this.#freeSince = this.#clock.now();
    return true;
  }

  /** A transfer at full rate pauses and moves thousands of times a second: that costs no timer each. */
  #changePause(isPaused: boolean): void {
    if (isPaused) {
      if (this.#pausedSince === undefined) this.#watchForStuck();
      return;
    }
    this.#pausedSince = undefined;
    if (!this.#isStuck) return this.#options.onMove();
    this.#isStuck = false;
    this.#options.onChange();
  }

  #watchForStuck(): void {
    this.#pausedSince = this.#clock.now();
    this.#stuckTimer ??= this.#startStuckTimer(STUCK_AFTER_MS);
  }

  #startStuckTimer(delayMs: number): Disposable {
    return this.#clock.setTimer(delayMs, () => {
      this.#stuckTimer = undefined;
      if (this.#pausedSince === undefined) return;
      const dueMs = this.#pausedSince + STUCK_AFTER_MS - this.#clock.now();
      if (dueMs > 0) this.#stuckTimer = this.#startStuckTimer(dueMs);
      else this.#tellStuck();
    });
  }

  #tellStuck(): void {
    this.#isStuck = true;
    if (this.isEmpty) this.#options.onUseless();
    else this.#options.onChange();
  }

  /** Its last connection has left. */
  #rest(): void {
    if (this.#owned.isDisposed) return;
    if (this.#tunnel.isClosing) return this.#options.onUseless();
    // What that one sent may never be taken. The pod's side learns that it is gone with the tunnel.
    if (this.#tunnel.isPaused) this.#watchForStuck();
  }
}

function harmTo({ receivedBytes, receivedAt, since, stalledSince }: LeaseEntry, now: number): Harm {
  if (stalledSince !== undefined || receivedBytes > BULK_BYTES) return Harm.established;
  if (receivedBytes === 0) return Harm.none;
  if (now - since >= LONG_LIVED_MS) return Harm.established;
  return now - receivedAt >= SETTLED_AFTER_MS ? Harm.settled : Harm.answered;
}

/** Whether a client that has sent its FIN is likely to want more. */
function isAwaited({ receivedBytes }: LeaseEntry): boolean {
  return receivedBytes === 0 || receivedBytes > BULK_BYTES;
}
