import { type Clock, delay } from '../../base/async.ts';
import { isCoded } from '../../base/errors.ts';
import type { Cluster } from './cluster.ts';
import { followObject } from './followObject.ts';
import { listAndWatch } from './listAndWatch.ts';
import { objectKey, type Pod } from './resources.ts';

/** The pods to follow in one namespace: the one pod with a given name, or all pods with certain labels. */
export type PodScope =
  | { readonly type: 'name'; readonly namespace: string; readonly name: string }
  | {
      readonly type: 'selector';
      readonly namespace: string;
      readonly labelSelector: string;
      /**
       * Returns true if the target of the forward, such as a Deployment, owns the pod. Pods of other owners can have
       * the same labels, and are left out. Optional: without this function, all pods with the labels are followed.
       */
      readonly owns?: (pod: Pod, signal: AbortSignal) => Promise<boolean>;
    };

export interface FollowPodsOptions {
  /** The pause between two lists in milliseconds, if the user may list but not watch the pods. */
  readonly listIntervalMs: number;
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

/**
 * Yields all pods of a scope once at the start and again after every change, until the signal is aborted. If the user
 * may list but not watch the pods, lists them again and again. Throws the errors of lists and watches.
 */
export async function* followPods(
  cluster: Cluster,
  scope: PodScope,
  { listIntervalMs, signal, clock }: FollowPodsOptions,
): AsyncGenerator<readonly Pod[], void, undefined> {
  for (;;) {
    let isListed = false;
    try {
      for await (const pods of listAndFollow(cluster, scope, signal, clock)) {
        isListed = true;
        yield pods;
      }
    } catch (error) {
      if (!isListed || !isCoded(error, 'FORBIDDEN')) throw error;
    }
    await delay(listIntervalMs, signal, clock);
  }
}

async function* listAndFollow(
  cluster: Cluster,
  scope: PodScope,
  signal: AbortSignal,
  clock: Clock,
): AsyncGenerator<readonly Pod[], void, undefined> {
  const { namespace } = scope;
  if (scope.type === 'name') {
    for await (const pod of followObject(cluster, 'pods', namespace, scope.name, signal, clock)) {
      yield pod === undefined ? [] : [pod];
    }
    return;
  }
  const { labelSelector, owns = () => Promise.resolve(true) } = scope;
  const pods = new Map<string, Pod>();
  for await (const change of listAndWatch(cluster, 'pods', { namespace, labelSelector }, signal, clock)) {
    if (change.type === 'listed') {
      pods.clear();
      for (const pod of change.items) {
        if (await owns(pod, signal)) pods.set(objectKey(pod), pod);
      }
    } else if (change.type === 'leftOut') continue;
    else if (change.type === 'removed') pods.delete(objectKey(change.object));
    else if (await owns(change.object, signal)) pods.set(objectKey(change.object), change.object);
    else pods.delete(objectKey(change.object));
    yield [...pods.values()];
  }
}
