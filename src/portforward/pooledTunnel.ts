import type { Clock } from '../base/async.ts';
import { type Disposable, DisposableStore, toDisposable } from '../base/disposable.ts';
import type { CodedError } from '../base/errors.ts';
import type { TransportName } from '../kinds/transports.ts';
import { watchHeartbeat } from './heartbeat.ts';
import type { ConnectionReport } from './pump.ts';
import type { SlowReaders } from './slowReaders.ts';
import type { PodConnection, Tunnel } from './transport/transport.ts';

/** The place of one connection in a tunnel. Disposing gives the place up. */
export interface TunnelLease extends ConnectionReport, Disposable {
  /** See {@link Tunnel.open}. */
  open(port: number): PodConnection;
}

export interface PooledTunnelOptions {
  /** Shared by the whole forward. */
  readonly slowReaders: SlowReaders;
  /** The tunnel changed whether it can take connections. */
  readonly onChange: () => void;
  /** The tunnel moves bytes again after a pause too short to count as stuck. */
  readonly onMove: () => void;
  /** Nobody uses the tunnel, and it cannot take the next connection because it is full or closing. */
  readonly onUseless: () => void;
  /** The tunnel has ended. @param error the reason if the tunnel was lost */
  readonly onClosed: (error: CodedError | undefined) => void;
}

/** A shorter pause is normal between a fast sender and a slower reader. */
const STUCK_AFTER_MS = 250;
/** Most answers of an API are smaller. A larger file of a web page takes no longer than a dial would. */
const BULK_BYTES = 64 * 1024;
/** An older answered connection is long-lived: a database's, a stream of events, a browser's. */
export const LONG_LIVED_MS = 1_000;

/** How long an answered connection may be silent before it counts as long-lived: a client that is done closes sooner. */
export const SETTLED_AFTER_MS = 20;

/** The harm that a stall of a new connection would do to the connections of a tunnel, from none to the most. */
export const Harm = {
  /** The pod has not answered yet: connections that begin together share a tunnel. */
  none: 0,
  /** The pod has just answered, and the client may be about to close. */
  answered: 1,
  /** The client keeps an answered connection open. */
  settled: 2,
  /** An answered connection older than a second, a large transfer, or a connection that is itself stalled. */
  established: 3,
} as const;
export type Harm = (typeof Harm)[keyof typeof Harm];

interface LeaseEntry extends TunnelLease {
  /** Whether the client has sent its FIN. */
  isLingering: boolean;
  /** Whether the connection was asked to leave. */
  isLeaving: boolean;
  readonly since: number;
  receivedBytes: number;
  receivedAt: number;
  stalledSince: number | undefined;
}

/** A tunnel of a pool, with its connections and its heartbeat. */
export class PooledTunnel implements Disposable {
  readonly #tunnel: Tunnel;
  readonly #clock: Clock;
  readonly #options: PooledTunnelOptions;
  /** Connections that occupy the tunnel. */
  readonly #inUse = new Set<LeaseEntry>();
  /** Connections whose clients have sent their FIN. Most container runtimes keep each for a second. */
  readonly #lingering = new Set<LeaseEntry>();
  /** The number of lingering connections that still wait for an answer or the rest of a large one. */
  #awaited = 0;
  readonly #owned = new DisposableStore();
  readonly #openedAt: number;
  /** A better transport works again and takes the new connections. */
  isOutdated = false;
  #freeSince: number;
  #stuckTimer: Disposable | undefined;
  /** The time since which the tunnel has moved no bytes. */
  #pausedSince: number | undefined;
  /** Whether the tunnel has reported to the pool that it is stuck. */
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

  /** Whether connections in the tunnel can hold each other up. */
  get isShared(): boolean {
    return this.#tunnel.isShared;
  }

  /**
   * Whether a new connection would have the tunnel to itself. Connections whose clients have sent their FIN do not count,
   * because a container runtime keeps them for another second.
   */
  get isFree(): boolean {
    return !this.#tunnel.isShared || this.#inUse.size === 0;
  }

  /** The time since which the tunnel has been free, if it is. */
  get freeSince(): number {
    return this.#freeSince;
  }

  /** Whether the tunnel can take the next connection and has no other. */
  get isIdle(): boolean {
    return !this.isClosing && !this.isPaused && this.isFree;
  }

  /** Whether the tunnel has no connection at all. */
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

  /** The number of connections that use the tunnel. */
  get load(): number {
    return this.#inUse.size;
  }

  /** The harm that a stall of the next connection would do here. */
  get harm(): Harm {
    const now = this.#clock.now();
    let harm: Harm = Harm.none;
    for (const lease of this.#inUse) harm = Math.max(harm, harmTo(lease, now)) as Harm;
    return harm;
  }

  /** Whether a connection carries a large transfer, and is therefore the likeliest to get stuck. */
  get hasBulk(): boolean {
    return this.#uses(({ receivedBytes }) => receivedBytes > BULK_BYTES);
  }

  /** Whether a client that has sent its FIN still waits for an answer or the rest of a large one. */
  get hasAwaited(): boolean {
    return this.#awaited > 0;
  }

  /** The time since which the longest stalled connection has blocked the tunnel. */
  get stalledSince(): number | undefined {
    const stalledSince = this.#longestStalled()?.stalledSince;
    if (stalledSince === undefined || !this.isPaused) return undefined;
    return Math.max(stalledSince, this.#pausedSince ?? stalledSince);
  }

  /** Whether a stalled connection blocks another one whose client reads. */
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
      // A connection alone in its tunnel holds nobody up.
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

  /** Makes the longest stalled connection leave. */
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
    // The time of the last bytes does not matter for a large transfer.
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
    // Only now is it known which connection blocks the tunnel.
    if (isStalled && this.#isStuck) this.#options.onChange();
  }

  #setLingering(lease: LeaseEntry): void {
    if (lease.isLingering || !this.#inUse.has(lease)) return;
    this.#change(lease, () => {
      lease.isLingering = true;
    });
    this.#options.onChange();
  }

  /** Applies a change to a lease and moves the lease to the right set. */
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

  /** Returns whether the lease existed. */
  #remove(lease: LeaseEntry): boolean {
    if (this.#lingering.delete(lease)) {
      if (isAwaited(lease)) this.#awaited--;
      return true;
    }
    if (!this.#inUse.delete(lease)) return false;
    this.#freeSince = this.#clock.now();
    return true;
  }

  /** Sets no timer for each pause: a transfer at full rate pauses and moves thousands of times a second. */
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

  /** Handles the leave of the last connection. */
  #rest(): void {
    if (this.#owned.isDisposed) return;
    if (this.#tunnel.isClosing) return this.#options.onUseless();
    // Nobody may ever read the last connection's bytes. The end of the tunnel tells the pod's side that the connection is gone.
    if (this.#tunnel.isPaused) this.#watchForStuck();
  }
}

function harmTo({ receivedBytes, receivedAt, since, stalledSince }: LeaseEntry, now: number): Harm {
  if (stalledSince !== undefined || receivedBytes > BULK_BYTES) return Harm.established;
  if (receivedBytes === 0) return Harm.none;
  if (now - since >= LONG_LIVED_MS) return Harm.established;
  return now - receivedAt >= SETTLED_AFTER_MS ? Harm.settled : Harm.answered;
}

/** Returns whether a client that has sent its FIN probably expects more bytes. */
function isAwaited({ receivedBytes }: LeaseEntry): boolean {
  return receivedBytes === 0 || receivedBytes > BULK_BYTES;
}
