import { type Clock, onAbort, systemClock } from '../base/async.ts';
import type { Cluster, ListQuery } from './cluster.ts';
import { listAndWatch } from './listAndWatch.ts';
import { keyOf, type Pod } from './resources.ts';

export interface WaitForPodOptions {
  readonly query: ListQuery;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly clock?: Clock;
  /** Picks the pod that will do, or throws where waiting is of no use; called with every change of the set. */
  readonly choose: (pods: readonly Pod[]) => Pod | undefined;
  /** Called once, when the first look finds no pod that will do. */
  readonly onWaiting: (pods: readonly Pod[]) => void;
  /** Makes the error for when the time is over, from what was there last. */
  readonly onTimeout: (pods: readonly Pod[]) => Error;
}

/** Watches a set of pods until one of them will do. Throws what `choose`, `onTimeout` and the API throw. */
export async function waitForPod(cluster: Cluster, options: WaitForPodOptions): Promise<Pod> {
  const { query, timeoutMs, signal, clock = systemClock, choose, onWaiting, onTimeout } = options;
  const timeout = new AbortController();
  const abort = onAbort(signal, () => timeout.abort(signal.reason));
  const pods = new Map<string, Pod>();
  const timer = clock.setTimer(timeoutMs, () => timeout.abort(onTimeout([...pods.values()])));
  let isWaiting = false;
  try {
    for await (const change of listAndWatch(cluster, 'pods', query, timeout.signal, clock)) {
      if (change.type === 'listed') {
        pods.clear();
        for (const pod of change.items) pods.set(keyOf(pod), pod);
      } else if (change.type === 'changed') pods.set(keyOf(change.object), change.object);
      else if (change.type === 'removed') pods.delete(keyOf(change.object));
      const chosen = choose([...pods.values()]);
      if (chosen !== undefined) return chosen;
      if (!isWaiting) onWaiting([...pods.values()]);
      isWaiting = true;
    }
    throw new Error('a watch ended by itself');
  } finally {
    timer.dispose();
    abort.dispose();
    timeout.abort();
  }
}
