import { type Clock, onAbort, systemClock } from '../../base/async.ts';
import { type Disposable, DisposableStore, toDisposable } from '../../base/disposable.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { followPods, type PodScope } from '../cluster/followPods.ts';
import type { Pod } from '../cluster/resources.ts';

export interface WaitForPodOptions {
  readonly scope: PodScope;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly clock?: Clock;
  /**
   * Returns a suitable pod, or undefined to continue waiting. Called after every change of the pods. If no pod can
   * become suitable any more, may throw an error, which ends the wait.
   */
  readonly choose: (pods: readonly Pod[]) => Pod | undefined;
  /**
   * Chooses a pod that is less suitable, such as a pod that is not Ready. If `choose` finds no pod for `afterMs`
   * milliseconds, and `fallback.choose` finds a pod during this whole time, the wait ends with the pod from
   * `fallback.choose`. Optional, default none.
   */
  readonly fallback?: {
    readonly afterMs: number;
    readonly choose: (pods: readonly Pod[]) => Pod | undefined;
  };
  /**
   * Reports that the wait begins. Called only once: the first time that neither `choose` nor `fallback.choose` finds a
   * pod.
   */
  readonly onWaiting: (pods: readonly Pod[]) => void;
  /** Creates the error for a wait that has reached `timeoutMs`. `pods` is the state of the pods at this time. */
  readonly onTimeout: (pods: readonly Pod[]) => Error;
}

/** The pause between two lists of the pods in milliseconds, if the user may list but not watch them. */
const LIST_INTERVAL_MS = 2_000;

/**
 * Follows a set of pods until `choose` or `fallback` finds a suitable pod, and returns this pod. Throws the errors of
 * `choose`, `onTimeout` and the API.
 */
export async function waitForPod(cluster: Cluster, options: WaitForPodOptions): Promise<Pod> {
  const { scope, timeoutMs, signal, clock = systemClock, choose, fallback, onWaiting, onTimeout } = options;
  const { promise, resolve, reject } = Promise.withResolvers<Pod>();
  const following = new AbortController();
  using owned = new DisposableStore();
  owned.add(toDisposable(() => following.abort()));
  let last: readonly Pod[] = [];
  let fallbackTimer: Disposable | undefined;
  let isWaiting = false;
  const fallBack = () => {
    const pod = fallback?.choose(last);
    if (pod !== undefined) resolve(pod);
  };
  const check = (pods: readonly Pod[]) => {
    last = pods;
    const chosen = choose(pods);
    if (chosen !== undefined) {
      resolve(chosen);
      return true;
    }
    fallbackTimer = fallback?.choose(pods)
      ? (fallbackTimer ?? owned.add(clock.setTimer(fallback.afterMs, fallBack)))
      : void fallbackTimer?.dispose();
    if (fallbackTimer !== undefined || isWaiting) return false;
    isWaiting = true;
    onWaiting(pods);
    return false;
  };
  const follow = async () => {
    const followOptions = { listIntervalMs: LIST_INTERVAL_MS, signal: following.signal, clock };
    for await (const pods of followPods(cluster, scope, followOptions)) {
      if (check(pods)) return;
    }
  };
  owned.add(onAbort(signal, () => following.abort(signal.reason)));
  owned.add(clock.setTimer(timeoutMs, () => reject(onTimeout(last))));
  follow().catch(reject);
  return await promise;
}
