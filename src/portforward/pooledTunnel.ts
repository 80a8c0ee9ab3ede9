import type { Clock } from '../base/async.ts';
import { type Disposable, DisposableStore, toDisposable } from '../base/disposable.ts';
import type { CodedError } from '../base/errors.ts';
import { watchHeartbeat } from './heartbeat.ts';
import type { ConnectionReport } from './pump.ts';
import type { PodConnection, Tunnel } from './transport/transport.ts';

/** One connection's place in a tunnel. Disposing gives it up. */
export interface TunnelLease extends ConnectionReport, Disposable {
  /** See {@link Tunnel.open}. */
  open(port: number): PodConnection;
}

export interface PooledTunnelOptions {
  readonly idleLimitMs: number;
  /** It may take connections that it could not take before, or the other way round: it is stuck, or is no more. */
  readonly onChange: () => void;
  /** It moves again after a moment too short to count. */
  readonly onMove: () => void;
  /** Nobody has used it for the idle limit. */
  readonly onIdle: () => void;
  /** Nobody uses it, and it will not take the next: it is full of what its last connection sent, or takes no more. */
  readonly onUseless: () => void;
  /** It has ended, with the reason if it was lost. */
  readonly onClosed: (error: CodedError | undefined) => void;
}

/** Being stuck for less is the ordinary give and take of a fast sender and a slower reader. */
const STUCK_AFTER_MS = 250;
/** More than most answers of an API or a page. */
const BULK_BYTES = 16 * 1024;

interface LeaseEntry extends TunnelLease {
  /** Received from the pod. */
  bytes: number;
  stalledSince: number | undefined;
}

/** A tunnel of a pool, with the connections in it, its heartbeat and its idle time. */
export class PooledTunnel implements Disposable {
  readonly #tunnel: Tunnel;
  readonly #clock: Clock;
  readonly #options: PooledTunnelOptions;
  readonly #leases = new Set<LeaseEntry>();
  readonly #owned = new DisposableStore();
  readonly #openedAt: number;
  #idleTimer: Disposable | undefined;
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
    this.#owned.add(tunnel);
    this.#owned.add(tunnel.onDidClose((error) => options.onClosed(error)));
    this.#owned.add(tunnel.onDidChangePause((isPaused) => this.#changePause(isPaused)));
    if (tunnel.ping !== undefined) this.#owned.add(watchHeartbeat(tunnel, clock));
    this.#owned.add(toDisposable(() => this.#idleTimer?.dispose()));
    this.#owned.add(toDisposable(() => this.#stuckTimer?.dispose()));
    this.#startIdleTimer();
  }

  /** Whether a connection would have it to itself. */
  get isFree(): boolean {
    return !this.#tunnel.isShared || this.#leases.size === 0;
  }

  /** Whether the next connection could have it, and to itself. */
  get isIdle(): boolean {
    return this.isFree && !this.isClosing && !this.isPaused;
  }

  get isPaused(): boolean {
    return this.#tunnel.isPaused;
  }

  get isClosing(): boolean {
    return this.#tunnel.isClosing;
  }

  get leaseCount(): number {
    return this.#leases.size;
  }

  get ageMs(): number {
    return this.#clock.now() - this.#openedAt;
  }

  /** Whether the pod has answered on one of its connections, which another's stall would hurt. */
  get hasEstablished(): boolean {
    return [...this.#leases].some((lease) => lease.bytes > 0);
  }

  /** Whether one of its connections carries much, and is the likeliest to be stuck next. */
  get hasBulk(): boolean {
    return [...this.#leases].some((lease) => lease.bytes > BULK_BYTES);
  }

  /** Since when its longest stalled connection has been so, if it has one. */
  get stalledSince(): number | undefined {
    return this.#longestStalled()?.stalledSince;
  }

  lease(onRelease: () => void): TunnelLease {
    this.#idleTimer?.dispose();
    const lease: LeaseEntry = {
      bytes: 0,
      stalledSince: undefined,
      onEvict: undefined,
      open: (port) => this.#tunnel.open(port),
      addReceived: (bytes) => {
        lease.bytes += bytes;
      },
      setStalled: (isStalled) => this.#setStalled(lease, isStalled),
      dispose: () => {
        if (!this.#leases.delete(lease)) return;
        if (this.#leases.size === 0) this.#rest();
        onRelease();
      },
    };
    this.#leases.add(lease);
    return lease;
  }

  /** Makes the longest stalled connection give up its place. */
  evict(error: CodedError): void {
    const lease = this.#longestStalled();
    if (lease === undefined) return;
    // It is on its way out, and not to be asked again.
    lease.stalledSince = undefined;
    lease.onEvict?.(error);
  }

  dispose(): void {
    this.#owned.dispose();
  }

  #longestStalled(): LeaseEntry | undefined {
    let longest: LeaseEntry | undefined;
    for (const lease of this.#leases) {
      if ((lease.stalledSince ?? Infinity) < (longest?.stalledSince ?? Infinity)) longest = lease;
    }
    return longest;
  }

  #setStalled(lease: LeaseEntry, isStalled: boolean): void {
    const wasStalled = lease.stalledSince !== undefined;
    if (isStalled === wasStalled) return;
    lease.stalledSince = isStalled ? this.#clock.now() : undefined;
    // Whom the tunnel is stuck for is known only now.
    if (isStalled && this.#isStuck) this.#options.onChange();
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
    if (this.#leases.size === 0) this.#options.onUseless();
    else this.#options.onChange();
  }

  /** Its last connection has left. */
  #rest(): void {
    if (this.#owned.isDisposed) return;
    if (this.#tunnel.isClosing) return this.#options.onUseless();
    // What that one sent may never be taken. The pod's side learns that it is gone with the tunnel.
    if (this.#tunnel.isPaused) this.#watchForStuck();
    this.#startIdleTimer();
  }

  #startIdleTimer(): void {
    this.#idleTimer?.dispose();
    this.#idleTimer = this.#clock.setTimer(this.#options.idleLimitMs, () => {
      this.#options.onIdle();
      // It stayed, as the last one: the question comes again.
      if (!this.#owned.isDisposed) this.#startIdleTimer();
    });
  }
}
