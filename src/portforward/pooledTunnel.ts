import type { Clock } from '../base/async.ts';
import { type Disposable, DisposableStore, toDisposable } from '../base/disposable.ts';
import type { CodedError } from '../base/errors.ts';
import type { TransportName } from '../kinds/transports.ts';
import { watchHeartbeat } from './heartbeat.ts';
import type { ConnectionReport } from './pump.ts';
import type { SlowReaders } from './slowReaders.ts';
import type { PodConnection, Tunnel } from './transport/transport.ts';

/** The slot of one connection in a tunnel. Disposing frees the slot. */
export interface TunnelSlot extends ConnectionReport, Disposable {
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
  /** No connection uses the tunnel, and the tunnel cannot take another one because it is full or closing. */
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

interface SlotEntry extends TunnelSlot {
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
  readonly #inUse = new Set<SlotEntry>();
  /** Connections whose clients have sent their FIN. Most container runtimes keep each for a second. */
  readonly #lingering = new Set<SlotEntry>();
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
    for (const slot of this.#inUse) harm = Math.max(harm, harmTo(slot, now)) as Harm;
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

  takeSlot(onRelease: () => void): TunnelSlot {
    const now = this.#clock.now();
    const options = this.#options;
    const slot: SlotEntry = {
      isLingering: false,
      isLeaving: false,
      since: now,
      receivedBytes: 0,
      receivedAt: now,
      stalledSince: undefined,
      onEvict: undefined,
      open: (port) => this.#tunnel.open(port),
      addReceived: (bytes) => this.#addReceived(slot, bytes),
      setStalled: (isStalled) => this.#setStalled(slot, isStalled),
      // A connection alone in its tunnel holds nobody up.
      mayHoldMore: (waitingBytes) =>
        this.#inUse.size + this.#lingering.size > 1 && options.slowReaders.mayHoldMore(slot, waitingBytes),
      setLingering: () => this.#setLingering(slot),
      dispose: () => {
        if (!this.#remove(slot)) return;
        options.slowReaders.forget(slot);
        if (this.isEmpty) this.#rest();
        onRelease();
      },
    };
    this.#add(slot);
    return slot;
  }

  /** Makes the longest stalled connection leave. */
  evict(error: CodedError): void {
    const slot = this.#longestStalled();
    if (slot === undefined) return;
    slot.stalledSince = undefined;
    slot.isLeaving = true;
    slot.onEvict?.(error);
  }

  dispose(): void {
    this.#owned.dispose();
  }

  #uses(fits: (slot: SlotEntry) => boolean): boolean {
    for (const slot of this.#inUse) if (fits(slot)) return true;
    return false;
  }

  #longestStalled(): SlotEntry | undefined {
    let longest: SlotEntry | undefined;
    for (const slot of this.#inUse) {
      if ((slot.stalledSince ?? Infinity) < (longest?.stalledSince ?? Infinity)) longest = slot;
    }
    return longest;
  }

  #addReceived(slot: SlotEntry, bytes: number): void {
    // The time of the last bytes does not matter for a large transfer.
    if (slot.receivedBytes <= BULK_BYTES) slot.receivedAt = this.#clock.now();
    if (!slot.isLingering) slot.receivedBytes += bytes;
    else
      this.#change(slot, () => {
        slot.receivedBytes += bytes;
      });
  }

  #setStalled(slot: SlotEntry, isStalled: boolean): void {
    const wasStalled = slot.stalledSince !== undefined;
    if (!isStalled) this.#options.slowReaders.forget(slot);
    if (isStalled === wasStalled || slot.isLeaving) return;
    const stalledSince = isStalled ? this.#clock.now() : undefined;
    if (!slot.isLingering) slot.stalledSince = stalledSince;
    else
      this.#change(slot, () => {
        slot.stalledSince = stalledSince;
      });
    // Only now is it known which connection blocks the tunnel.
    if (isStalled && this.#isStuck) this.#options.onChange();
  }

  #setLingering(slot: SlotEntry): void {
    if (slot.isLingering || !this.#inUse.has(slot)) return;
    this.#change(slot, () => {
      slot.isLingering = true;
    });
    this.#options.onChange();
  }

  /** Applies a change to a slot and moves the slot to the right set. */
  #change(slot: SlotEntry, change: () => void): void {
    if (!this.#remove(slot)) return;
    change();
    this.#add(slot);
  }

  #add(slot: SlotEntry): void {
    if (!slot.isLingering || slot.stalledSince !== undefined) this.#inUse.add(slot);
    else {
      this.#lingering.add(slot);
      if (isAwaited(slot)) this.#awaited++;
    }
  }

  /** Returns whether the slot existed. */
  #remove(slot: SlotEntry): boolean {
    if (this.#lingering.delete(slot)) {
      if (isAwaited(slot)) this.#awaited--;
      return true;
    }
    if (!this.#inUse.delete(slot)) return false;
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

function harmTo({ receivedBytes, receivedAt, since, stalledSince }: SlotEntry, now: number): Harm {
  if (stalledSince !== undefined || receivedBytes > BULK_BYTES) return Harm.established;
  if (receivedBytes === 0) return Harm.none;
  if (now - since >= LONG_LIVED_MS) return Harm.established;
  return now - receivedAt >= SETTLED_AFTER_MS ? Harm.settled : Harm.answered;
}

/** Returns whether a client that has sent its FIN probably expects more bytes. */
function isAwaited({ receivedBytes }: SlotEntry): boolean {
  return receivedBytes === 0 || receivedBytes > BULK_BYTES;
}
