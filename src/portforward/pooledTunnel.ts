import type { Clock } from '../base/async.ts';
import { type Disposable, DisposableStore, toDisposable } from '../base/disposable.ts';
import type { CodedError } from '../base/errors.ts';
import type { TransportName } from '../kinds/transports.ts';
import { watchHeartbeat } from './heartbeat.ts';
import type { ConnectionReport } from './pump.ts';
import type { SlowReaders } from './slowReaders.ts';
import type { PodConnection, Tunnel } from './transport/transport.ts';

/**
 * The assignment of one connection to a tunnel. It begins when the pool chooses the tunnel. Disposing ends the
 * assignment, when the connection has ended.
 */
export interface TunnelSlot extends ConnectionReport, Disposable {
  /** Opens the connection of this slot to a port of the pod, as {@link Tunnel.open} does. */
  open(port: number): PodConnection;
}

export interface PooledTunnelOptions {
  /**
   * Counts the bytes that are buffered for slow local clients. All tunnels of the forward share this object, because
   * one limit applies to the whole forward.
   */
  readonly slowReaders: SlowReaders;
  /**
   * Called when the tunnel may have become able, or unable, to take a new connection. The pool then serves the waiting
   * connections and decides whether to open another tunnel.
   */
  readonly onChange: () => void;
  /**
   * Called instead of `onChange` when the tunnel moves bytes again after a pause shorter than {@link STUCK_AFTER_MS}.
   * Such pauses can occur thousands of times a second, so the pool does less work for them.
   */
  readonly onMove: () => void;
  /**
   * Called when no connection uses the tunnel, and the tunnel cannot take another connection because it is stuck or
   * closing. The pool then closes the tunnel.
   */
  readonly onUseless: () => void;
  /** Called when the tunnel has ended. @param error the reason if the tunnel was lost */
  readonly onClosed: (error: CodedError | undefined) => void;
}

/**
 * If a tunnel moves no bytes for this long, it counts as stuck and tells the pool. The pool can then open another
 * tunnel. If no connection uses the stuck tunnel, the pool closes it. Shorter pauses are normal when a sender is faster
 * than its receiver.
 */
const STUCK_AFTER_MS = 250;
/**
 * A connection that has received more bytes than this counts as a large transfer, and new connections avoid its tunnel.
 * Most API responses are smaller. They are complete before another tunnel could be opened, so new connections need not
 * avoid their tunnels.
 */
const BULK_BYTES = 64 * 1024;
/**
 * A connection that is older than this counts as long-lived if the pod has sent bytes on it. The pool avoids putting
 * other connections into the tunnel of such a connection ({@link Harm}). Examples are a connection to a database, a
 * stream of events, or a connection that a browser keeps open.
 */
export const LONG_LIVED_MS = 1_000;

/**
 * If the pod has sent bytes on a connection, but none for this long, the connection counts as settled ({@link Harm}):
 * the local client has its answer, but keeps the connection open. A local client that needs only one answer closes its
 * connection sooner.
 */
export const SETTLED_AFTER_MS = 20;

/**
 * How much an existing connection would suffer if a new connection in the same tunnel stalled. A connection stalls when
 * its local client or the pod stops reading, and this blocks the whole tunnel. If connections must share a tunnel, the
 * pool chooses the tunnel with the least harm. The values are in ascending order.
 */
export const Harm = {
  /**
   * The pod has not answered the existing connection yet. This counts as no harm, so that connections that begin
   * together share a tunnel.
   */
  none: 0,
  /** The pod has just answered the existing connection, and the local client may soon close it. */
  answered: 1,
  /** The local client keeps the existing connection open after an answer. */
  settled: 2,
  /** The existing connection is answered and older than a second, carries a large transfer, or is itself stalled. */
  established: 3,
} as const;
export type Harm = (typeof Harm)[keyof typeof Harm];

interface SlotEntry extends TunnelSlot {
  /**
   * Whether no more bytes of the local client are passed to the pod ({@link ConnectionReport.setLingering}). The other
   * comments of this file name only the usual case: the local client has sent its FIN.
   */
  isLingering: boolean;
  /**
   * Whether {@link PooledTunnel.evict} has ended the connection. The pump disposes of the slot a moment later. Until
   * then, the connection is still in the tunnel, but no longer counts as stalled.
   */
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
  /**
   * Connections whose local clients have not sent their FIN, and all stalled connections. The tunnel is free if this
   * set is empty.
   */
  readonly #inUse = new Set<SlotEntry>();
  /**
   * Connections whose local clients have sent their FIN, except stalled connections. A tunnel that has only such
   * connections counts as free, because most container runtimes keep a connection open for a second after the FIN,
   * although nothing more is sent.
   */
  readonly #lingering = new Set<SlotEntry>();
  /**
   * The number of connections in `#lingering` whose local clients still wait for an answer or the rest of a large
   * transfer.
   */
  #awaited = 0;
  readonly #owned = new DisposableStore();
  readonly #openedAt: number;
  /**
   * Whether the pool has opened a newer tunnel whose transport it prefers. New connections then use this older tunnel
   * only if no other tunnel is free, and the pool closes it when it has been unused for a while.
   */
  isOutdated = false;
  #freeSince: number;
  #stuckTimer: Disposable | undefined;
  /** When the tunnel stopped moving bytes. Undefined while the tunnel moves bytes. */
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

  /** Whether connections in the tunnel can block each other. */
  get isShared(): boolean {
    return this.#tunnel.isShared;
  }

  /**
   * Whether a new connection would have the tunnel to itself. A connection whose local client has sent its FIN does not
   * count, although a container runtime keeps it open for another second. A stalled connection always counts. Always
   * true for a tunnel that is not shared, because its connections cannot block each other.
   */
  get isFree(): boolean {
    return !this.#tunnel.isShared || this.#inUse.size === 0;
  }

  /** When the tunnel last became free. Has no meaning while {@link isFree} is false. */
  get freeSince(): number {
    return this.#freeSince;
  }

  /** Whether the tunnel is free and can take the next connection at once. */
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

  /**
   * The number of connections that use the tunnel. If the local client has sent its FIN, the connection counts only
   * while it is stalled.
   */
  get load(): number {
    return this.#inUse.size;
  }

  /** The greatest {@link Harm} to any connection of this tunnel if a new connection in the tunnel stalls. */
  get harm(): Harm {
    const now = this.#clock.now();
    let harm: Harm = Harm.none;
    for (const slot of this.#inUse) harm = Math.max(harm, harmTo(slot, now)) as Harm;
    return harm;
  }

  /** Whether a connection of the tunnel carries a large transfer. Such a connection is the most likely to stall. */
  get hasBulk(): boolean {
    return this.#uses(({ receivedBytes }) => receivedBytes > BULK_BYTES);
  }

  /** Whether a local client that has sent its FIN still waits for an answer or the rest of a large transfer. */
  get hasAwaited(): boolean {
    return this.#awaited > 0;
  }

  /**
   * When a stalled connection began to block the tunnel. If several connections are stalled, the one that stalled first
   * counts. Undefined if no stalled connection blocks the tunnel.
   */
  get stalledSince(): number | undefined {
    const stalledSince = this.#longestStalled()?.stalledSince;
    if (stalledSince === undefined || !this.isPaused) return undefined;
    return Math.max(stalledSince, this.#pausedSince ?? stalledSince);
  }

  /**
   * Whether the tunnel has a connection that a stalled connection can block. This is a connection that is not stalled
   * itself, or whose local client has sent its FIN and still waits for bytes. If there is one, the pool resets the
   * stalled connection after a time limit.
   */
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
      // A connection that is alone in its tunnel gets no further buffer: if the tunnel pauses, no other connection is
      // blocked.
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

  /**
   * Ends the connection that has been stalled the longest. The connection fails with `error`. Does nothing if no
   * connection is stalled.
   */
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
    // Reads the clock only for small transfers, to save time: {@link harmTo} does not use `receivedAt` for a large
    // transfer.
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
    // The pool knows that this tunnel is stuck, but not yet that a stalled connection is the cause. So this tunnel
    // tells the pool now, and the pool sets the alarm at which it resets the stalled connection.
    if (isStalled && this.#isStuck) this.#options.onChange();
  }

  #setLingering(slot: SlotEntry): void {
    if (slot.isLingering || !this.#inUse.has(slot)) return;
    this.#change(slot, () => {
      slot.isLingering = true;
    });
    this.#options.onChange();
  }

  /** Changes a slot, and moves the slot to the set to which it now belongs: `#inUse` or `#lingering`. */
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

  /** Removes a slot. Returns false if the slot was already removed. */
  #remove(slot: SlotEntry): boolean {
    if (this.#lingering.delete(slot)) {
      if (isAwaited(slot)) this.#awaited--;
      return true;
    }
    if (!this.#inUse.delete(slot)) return false;
    this.#freeSince = this.#clock.now();
    return true;
  }

  /**
   * Called when the tunnel stops or continues moving bytes. A transfer at full rate pauses thousands of times a second.
   * So `#watchForStuck` reuses the running timer instead of starting a timer for each pause.
   */
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
      else this.#markStuck();
    });
  }

  #markStuck(): void {
    this.#isStuck = true;
    if (this.isEmpty) this.#options.onUseless();
    else this.#options.onChange();
  }

  /**
   * Called when the last connection of the tunnel has released its slot. If the tunnel is closing, tells the pool at
   * once to close the tunnel. If the tunnel is blocked, tells the pool only after {@link STUCK_AFTER_MS}.
   */
  #rest(): void {
    if (this.#owned.isDisposed) return;
    if (this.#tunnel.isClosing) return this.#options.onUseless();
    // The last bytes of a connection, and its reset, may still wait in the tunnel to be sent to the pod. If they stay
    // blocked, the tunnel counts as stuck and is closed. This also ends the connection in the pod.
    if (this.#tunnel.isPaused) this.#watchForStuck();
  }
}

function harmTo({ receivedBytes, receivedAt, since, stalledSince }: SlotEntry, now: number): Harm {
  if (stalledSince !== undefined || receivedBytes > BULK_BYTES) return Harm.established;
  if (receivedBytes === 0) return Harm.none;
  if (now - since >= LONG_LIVED_MS) return Harm.established;
  return now - receivedAt >= SETTLED_AFTER_MS ? Harm.settled : Harm.answered;
}

/**
 * Returns whether a local client that has sent its FIN probably still expects bytes: it has no answer yet, or a large
 * transfer is running.
 */
function isAwaited({ receivedBytes }: SlotEntry): boolean {
  return receivedBytes === 0 || receivedBytes > BULK_BYTES;
}
