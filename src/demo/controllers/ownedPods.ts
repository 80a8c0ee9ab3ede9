import { isOwnedBy } from '../objects/metadata.ts';
import { hasReadyCondition, isEnded } from '../objects/podStates.ts';
import type { KubernetesObject, Pod } from '../objects/types.ts';
import type { Store } from '../store.ts';

/** Returns all pods of an owner, including terminating ones. */
export function ownedPods(store: Store, owner: KubernetesObject): readonly Pod[] {
  return store.list('pods', owner.metadata.namespace).filter((pod) => isOwnedBy(pod, owner));
}

/** Returns whether a pod counts as a replica: neither ended nor terminating. */
export function isActive(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp === undefined && !isEnded(pod);
}

export function countReady(pods: readonly Pod[]): number {
  return pods.filter((pod) => isActive(pod) && hasReadyCondition(pod)).length;
}

/** Returns the counts of a status, which Kubernetes omits if they are zero. */
export function readyCounts(ready: number): {
  readonly readyReplicas?: number;
  readonly availableReplicas?: number;
} {
  return ready === 0 ? {} : { readyReplicas: ready, availableReplicas: ready };
}

/** Returns the same object if its status is unchanged, so that the store has nothing to record. */
export function withStatus<T extends { readonly status: unknown }>(object: T, status: T['status']): T {
  return JSON.stringify(object.status) === JSON.stringify(status) ? object : { ...object, status };
}
