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
  /** It may take connections that it could not take before, or the other way round. */
  readonly onChange: () => void;
  /** Nobody has used it for the idle limit. */
  readonly onIdle: () => void;
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
      setStalled: (isStalled) => {
        lease.stalledSince = isStalled ? (lease.stalledSince ?? this.#clock.now()) : undefined;
      },
      dispose: () => {
        if (!this.#leases.delete(lease)) return;
        if (this.#leases.size === 0) this.#startIdleTimer();
        onRelease();
      },
    };
    this.#leases.add(lease);
    return lease;
  }

  /** Makes the longest stalled connection give up its place. */
  evict(error: CodedError): void {
    this.#longestStalled()?.onEvict?.(error);
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

  #changePause(isPaused: boolean): void {
    this.#stuckTimer?.dispose();
    this.#stuckTimer = isPaused ? this.#clock.setTimer(STUCK_AFTER_MS, this.#options.onChange) : undefined;
    if (!isPaused) this.#options.onChange();
  }

  #startIdleTimer(): void {
    if (this.#owned.isDisposed) return;
    this.#idleTimer?.dispose();
    this.#idleTimer = this.#clock.setTimer(this.#options.idleLimitMs, () => {
      this.#options.onIdle();
      // It stayed, as the last one: the question comes again.
      this.#startIdleTimer();
    });
  }
}
