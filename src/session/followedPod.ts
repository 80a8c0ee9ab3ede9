import type { Clock } from '../base/async.ts';
import { type Disposable, DisposableStore, toDisposable } from '../base/disposable.ts';
import { isCoded } from '../base/errors.ts';
import type { ChosenPod, PodState, SessionTarget } from './ports.ts';
import type { PodChange } from './state.ts';

/**
 * The time from the moment when the attempt is connected until the first direct request, which is a GET of the pod. If
 * the watch shows the pod within this time, no request is sent.
 */
const FIRST_LOOK_MS = 5_000;
/** Time between two direct requests while the watch does not show the pod. */
const INTERVAL_MS = 10_000;
/**
 * The pause after a request that is forbidden. The permission may return: a server that has just started forbids
 * everything for a moment, and a role binding is deleted and created again to change its role.
 */
export const FORBIDDEN_RETRY_MS = 60_000;
/** After a direct request, {@link FollowedPod.suspect} sends no further request for this long. */
const SUSPICION_INTERVAL_MS = 2_000;

export interface FollowedPodOptions {
  readonly target: SessionTarget;
  readonly pod: ChosenPod['pod'];
  /**
   * Whether the pod was already terminating when it was chosen. If so, the change `terminating` is not reported,
   * because the session has chosen the pod although it is terminating. Optional, default false.
   */
  readonly wasTerminating?: boolean | undefined;
  readonly clock: Clock;
  /** Called with the change of the pod that a direct request shows. */
  readonly onChange: (change: PodChange) => void;
}

/**
 * Finds changes of one pod by comparing the successive lists of pods that a watch of the target delivers. Also requests
 * the pod directly, because the user may lack the permission to watch, or the watch may have started too late to see a
 * short-lived pod. The caller disposes of the object.
 */
export class FollowedPod implements Disposable {
  readonly #options: FollowedPodOptions;
  readonly #owned = new DisposableStore();
  readonly #abort = new AbortController();
  #restarts: number | undefined;
  #wasListed = false;
  #timer: Disposable | undefined;
  #isInspecting = false;
  #lastInspectionMs = Number.NEGATIVE_INFINITY;

  constructor(options: FollowedPodOptions) {
    this.#options = options;
    this.#owned.add(toDisposable(() => this.#abort.abort()));
    this.#owned.add(toDisposable(() => this.#timer?.dispose()));
  }

  /** Whether a list has shown the pod. */
  get wasListed(): boolean {
    return this.#wasListed;
  }

  /**
   * Returns the change of this pod that a list of pods shows. Undefined if the list does not contain the pod, and no
   * earlier list has shown the pod.
   */
  observe(pods: readonly PodState[]): PodChange | undefined {
    const pod = pods.find((other) => isSamePod(this.#options.pod, other));
    // If an earlier list has shown the pod, the pod has been deleted or no longer belongs to the target. If no list has
    // shown the pod, the list may have been made before the pod was created.
    if (pod === undefined) return this.#wasListed ? 'gone' : undefined;
    this.#wasListed = true;
    return this.#compare(pod, pods);
  }

  /**
   * Starts to request the pod from the API server at intervals, because a new pod may be missing in the list that the
   * target's watch has read, or the user may lack the permission to watch. The requests end when a list has shown the
   * pod. From then on, the target's watch delivers a new list after each change, or every 10 s if the user may list the
   * pods but not watch them.
   */
  beginInspecting(): void {
    this.#isInspecting = true;
    this.#schedule(FIRST_LOOK_MS);
  }

  /**
   * Requests the pod now, because a connection to the pod failed or a list does not contain the pod. Does nothing
   * before {@link beginInspecting}, or within {@link SUSPICION_INTERVAL_MS} after the last direct request.
   */
  suspect(): void {
    if (!this.#isInspecting || this.#options.clock.now() - this.#lastInspectionMs < SUSPICION_INTERVAL_MS)
      return;
    void this.#inspect();
  }

  dispose(): void {
    this.#owned.dispose();
  }

  /** Returns the change of the pod since it was last seen. */
  #compare(pod: PodState, pods: readonly PodState[]): PodChange {
    const hasRestarted = pod.restarts > (this.#restarts ?? pod.restarts);
    this.#restarts = pod.restarts;
    if (pod.isCompleted) return 'gone';
    if (pod.isTerminating && this.#options.wasTerminating !== true) return 'terminating';
    if (hasRestarted) return 'restarted';
    if (pod.isReady) return 'ready';
    return pods.some(isAvailable) ? 'superseded' : 'unready';
  }

  #schedule(delayMs: number): void {
    if (this.#owned.isDisposed) return;
    this.#timer?.dispose();
    this.#timer = this.#options.clock.setTimer(delayMs, () => {
      if (!this.#wasListed) void this.#inspect();
    });
  }

  /** Requests the pod directly, and reports the change that the response shows. Never rejects. */
  async #inspect(): Promise<void> {
    const { target, pod, clock, onChange } = this.#options;
    this.#lastInspectionMs = clock.now();
    try {
      const found = await target.inspect(pod, this.#abort.signal);
      if (this.#owned.isDisposed) return;
      onChange(found !== undefined && isSamePod(pod, found) ? this.#compare(found, [found]) : 'gone');
      this.#schedule(INTERVAL_MS);
    } catch (error) {
      this.#schedule(isCoded(error, 'FORBIDDEN') ? FORBIDDEN_RETRY_MS : INTERVAL_MS);
    }
  }
}

/**
 * Returns whether a {@link PodState} describes the chosen pod. If the user was not permitted to read the pod when it
 * was chosen, only the name identifies the pod.
 */
export function isSamePod(chosen: ChosenPod['pod'], { uid, name }: PodState): boolean {
  return chosen.uid === '' ? name === chosen.name : uid === chosen.uid;
}

function isAvailable(pod: PodState): boolean {
  return pod.isReady && !pod.isTerminating && !pod.isCompleted;
}
