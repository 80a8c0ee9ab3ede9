import type { Clock } from '../base/async.ts';
import { type Disposable, DisposableStore, toDisposable } from '../base/disposable.ts';
import { isCoded } from '../base/errors.ts';
import type { ChosenPod, PodState, SessionTarget } from './ports.ts';
import type { PodChange } from './state.ts';

/**
 * How long after the attempt has connected the first direct request is sent, unless the watch has shown the pod by
 * then.
 */
const FIRST_LOOK_MS = 5_000;
/** Time between two direct requests while the watch does not show the pod. */
const INTERVAL_MS = 10_000;
/** Minimum time between a direct request and the next one that {@link FollowedPod.suspect} causes. */
const SUSPICION_INTERVAL_MS = 2_000;

export interface FollowedPodOptions {
  readonly target: SessionTarget;
  readonly pod: ChosenPod['pod'];
  /**
   * Whether the pod was already terminating when it was chosen. If so, the change `terminating` is not reported.
   * Optional, default false.
   */
  readonly wasTerminating?: boolean | undefined;
  /**
   * Whether the lists no longer contain this pod, because the target has changed. If so, only direct requests show
   * changes of the pod. Optional, default false.
   */
  readonly isUnlisted?: boolean;
  readonly clock: Clock;
  /** Called with the change of the pod that a direct request shows. */
  readonly onLook: (change: PodChange) => void;
}

/**
 * Finds changes of one pod by comparing successive lists of pods. Also reads the pod by direct requests, because the
 * user may not be allowed to watch, or the watch may have started too late to see a short-lived pod. The caller
 * disposes of the object.
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

  /** Whether a list or a direct request has shown the pod. */
  get isConfirmed(): boolean {
    return this.#restarts !== undefined;
  }

  /** Returns the change of the pod that the latest list shows. Undefined until a list has shown the pod. */
  observe(pods: readonly PodState[]): PodChange | undefined {
    const pod = pods.find(({ uid }) => uid === this.#options.pod.uid);
    // If the pod was seen before, its absence means deletion. Otherwise the list may be older than the pod.
    if (pod === undefined) return this.isConfirmed ? 'gone' : undefined;
    const hasRestarted = pod.restarts > (this.#restarts ?? pod.restarts);
    this.#restarts = pod.restarts;
    if (pod.isCompleted) return 'gone';
    if (pod.isTerminating && this.#options.wasTerminating !== true) return 'terminating';
    if (hasRestarted) return 'restarted';
    if (pod.isReady) return 'ready';
    return pods.some(isAvailable) ? 'superseded' : 'unready';
  }

  /**
   * Starts to read the pod by direct requests. The requests end when a list or a request has shown the pod. If the pod
   * is unlisted, they continue.
   */
  beginLooking(): void {
    this.#isLooking = true;
    this.#schedule(FIRST_LOOK_MS);
  }

  /**
   * Reads the pod now, because a connection to the pod failed or a list does not contain the pod. Does nothing if the
   * last request was a moment ago.
   */
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

  /** Reads the pod by a direct request and reports the result. Never rejects. */
  async #look(): Promise<void> {
    const { target, pod, clock, onLook } = this.#options;
    this.#lastLookMs = clock.now();
    try {
      const found = await target.inspect(pod, this.#abort.signal);
      if (this.#owned.isDisposed) return;
      onLook((found?.uid === pod.uid && this.observe([found])) || 'gone');
    } catch (error) {
      // The user may not read pods, and further requests would get the same answer. So no more requests are sent.
      if (isCoded(error, 'FORBIDDEN')) return this.dispose();
    }
    this.#schedule(INTERVAL_MS);
  }
}

function isAvailable(pod: PodState): boolean {
  return pod.isReady && !pod.isTerminating && !pod.isCompleted;
}
