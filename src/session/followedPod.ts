import type { Clock } from '../base/async.ts';
import { type Disposable, DisposableStore, toDisposable } from '../base/disposable.ts';
import { isCoded } from '../base/errors.ts';
import type { ChosenPod, PodState, SessionTarget } from './ports.ts';
import type { PodChange } from './state.ts';

/** The watch should have shown the pod by then. */
const FIRST_LOOK_MS = 5_000;
/** Time between two looks while the watch does not show the pod. */
const INTERVAL_MS = 10_000;
/** Shortest time between two looks that failing connections cause. */
const SUSPICION_INTERVAL_MS = 2_000;

export interface FollowedPodOptions {
  readonly target: SessionTarget;
  readonly pod: ChosenPod['pod'];
  /** Whether the pod was already terminating when it was chosen. Optional, default false. */
  readonly wasTerminating?: boolean | undefined;
  /** Whether the lists no longer contain this pod, so that direct requests continue. Optional, default false. */
  readonly isUnlisted?: boolean;
  readonly clock: Clock;
  /** Called with the change that a look at the pod shows. */
  readonly onLook: (change: PodChange) => void;
}

/**
 * Compares successive lists of pods to find changes of one pod, and looks at that pod by direct requests: the watch may be
 * forbidden, or may have started too late to see a short-lived pod. The caller disposes of it.
 */
export class FollowedPod implements Disposable {
  readonly #options: FollowedPodOptions;
  readonly #owned = new DisposableStore();
  readonly #abort = new AbortController();
  #restarts: number | undefined;
  #timer: Disposable | undefined;
  #isLooking = false;
  #lastLookMs = Number.NEGATIVE_INFINITY;

  constructor(options: FollowedPodOptions) {
    this.#options = options;
    this.#owned.add(toDisposable(() => this.#abort.abort()));
    this.#owned.add(toDisposable(() => this.#timer?.dispose()));
  }

  /** Whether a list or a look has shown the pod. */
  get isConfirmed(): boolean {
    return this.#restarts !== undefined;
  }

  /** Returns the pod's latest change by a list; undefined while no list has shown the pod. */
  observe(pods: readonly PodState[]): PodChange | undefined {
    const pod = pods.find(({ uid }) => uid === this.#options.pod.uid);
    // A missing pod means "not listed yet" before we first see it, and "deleted" afterwards.
    if (pod === undefined) return this.isConfirmed ? 'gone' : undefined;
    const hasRestarted = pod.restarts > (this.#restarts ?? pod.restarts);
    this.#restarts = pod.restarts;
    if (pod.isCompleted) return 'gone';
    if (pod.isTerminating && this.#options.wasTerminating !== true) return 'terminating';
    if (hasRestarted) return 'restarted';
    if (pod.isReady) return 'ready';
    return pods.some(isAvailable) ? 'superseded' : 'unready';
  }

  /** Starts to look at the pod while no list shows it. */
  beginLooking(): void {
    this.#isLooking = true;
    this.#schedule(FIRST_LOOK_MS);
  }

  /** Looks at the pod soon, because a connection failed in it or a list does not have it. */
  suspect(): void {
    if (!this.#isLooking || this.#options.clock.now() - this.#lastLookMs < SUSPICION_INTERVAL_MS) return;
    void this.#look();
  }

  dispose(): void {
    this.#owned.dispose();
  }

  #schedule(delayMs: number): void {
    if (this.#owned.isDisposed) return;
    this.#timer?.dispose();
    this.#timer = this.#options.clock.setTimer(delayMs, () => {
      if (!this.isConfirmed || this.#options.isUnlisted === true) void this.#look();
    });
  }

  /** Never rejects. */
  async #look(): Promise<void> {
    const { target, pod, clock, onLook } = this.#options;
    this.#lastLookMs = clock.now();
    try {
      const found = await target.inspect(pod, this.#abort.signal);
      if (this.#owned.isDisposed) return;
      onLook((found?.uid === pod.uid && this.observe([found])) || 'gone');
    } catch (error) {
      // A user without the permission will not get it by asking again.
      if (isCoded(error, 'FORBIDDEN')) return this.dispose();
    }
    this.#schedule(INTERVAL_MS);
  }
}

function isAvailable(pod: PodState): boolean {
  return pod.isReady && !pod.isTerminating && !pod.isCompleted;
}
