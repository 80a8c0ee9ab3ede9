import { type Clock, onAbort, systemClock } from '../base/async.ts';
import { type Disposable, DisposableStore } from '../base/disposable.ts';
import type { Cluster } from './cluster.ts';
import { followPods, type PodScope } from './followPods.ts';
import type { Pod } from './resources.ts';

export interface WaitForPodOptions {
  readonly scope: PodScope;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly clock?: Clock;
  /** Picks the pod that will do, or throws where waiting is of no use. Called with every change of the set. */
  readonly choose: (pods: readonly Pod[]) => Pod | undefined;
  /** Picks a pod to take once there has been one for `afterMs`, while `choose` still finds none; optional, default none. */
  readonly fallback?: {
    readonly afterMs: number;
    readonly choose: (pods: readonly Pod[]) => Pod | undefined;
  };
  /** Called once, when there is no pod that will do, nor one to fall back on. */
  readonly onWaiting: (pods: readonly Pod[]) => void;
  /** Makes the error for when the time is over, from what was there last. */
  readonly onTimeout: (pods: readonly Pod[]) => Error;
}

/** Follows a set of pods until one of them will do. Throws what `choose`, `onTimeout` and the API throw. */
export async function waitForPod(cluster: Cluster, options: WaitForPodOptions): Promise<Pod> {
  const { scope, timeoutMs, signal, clock = systemClock, choose, fallback, onWaiting, onTimeout } = options;
  const { promise, resolve, reject } = Promise.withResolvers<Pod>();
  const following = new AbortController();
  const owned = new DisposableStore();
  let last: readonly Pod[] = [];
  let fallbackTimer: Disposable | undefined;
  let isWaiting = false;
  const fallBack = () => {
    const pod = fallback?.choose(last);
    if (pod !== undefined) resolve(pod);
  };
  const look = (pods: readonly Pod[]) => {
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
    for await (const pods of followPods(cluster, scope, following.signal, clock)) {
      if (look(pods)) return;
    }
  };
  owned.add(onAbort(signal, () => following.abort(signal.reason)));
  owned.add(clock.setTimer(timeoutMs, () => reject(onTimeout(last))));
  follow().catch(reject);
  try {
    return await promise;
  } finally {
    owned.dispose();
    following.abort();
  }
}
