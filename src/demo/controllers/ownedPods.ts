import { isOwnedBy } from '../objects/metadata.ts';
import { hasReadyCondition, isEnded } from '../objects/podStates.ts';
import type { KubernetesObject, Pod } from '../objects/types.ts';
import type { Store } from '../store.ts';

/** Returns all pods of an owner, including terminating ones. */
export function ownedPods(store: Store, owner: KubernetesObject): readonly Pod[] {
  return store.list('pods', owner.metadata.namespace).filter((pod) => isOwnedBy(pod, owner));
}

/** Returns whether a pod counts as a replica: it has not ended, and it is not terminating. */
export function isActive(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp === undefined && !isEnded(pod);
}

export function countReady(pods: readonly Pod[]): number {
  return pods.filter((pod) => isActive(pod) && hasReadyCondition(pod)).length;
}

/** Returns the counts of ready replicas for a workload's status. Kubernetes omits these counts if they are zero. */
export function readyCounts(ready: number): {
  readonly readyReplicas?: number;
  readonly availableReplicas?: number;
} {
  return ready === 0 ? {} : { readyReplicas: ready, availableReplicas: ready };
}

/**
 * Returns the object with a new status. If the status is equal, returns the same object, so that `Store.modify` records
 * no change.
 */
export function withStatus<T extends { readonly status: unknown }>(object: T, status: T['status']): T {
  return JSON.stringify(object.status) === JSON.stringify(status) ? object : { ...object, status };
}
