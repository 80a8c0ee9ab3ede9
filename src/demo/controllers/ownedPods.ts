import { isOwnedBy } from '../objects/metadata.ts';
import { isEnded, isReady } from '../objects/podStates.ts';
import type { KubernetesObject, Pod } from '../objects/types.ts';
import type { Store } from '../store.ts';

/** All pods of an owner, those that are going included. */
export function ownedPods(store: Store, owner: KubernetesObject): readonly Pod[] {
  return store.list('pods', owner.metadata.namespace).filter((pod) => isOwnedBy(pod, owner));
}

/** Neither ended nor being deleted: what counts as a replica. */
export function isActive(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp === undefined && !isEnded(pod);
}

export function countReady(pods: readonly Pod[]): number {
  return pods.filter((pod) => isActive(pod) && isReady(pod)).length;
}

/** The counts of a status that are left out where they are zero. */
export function readyCounts(ready: number): {
  readonly readyReplicas?: number;
  readonly availableReplicas?: number;
} {
  return ready === 0 ? {} : { readyReplicas: ready, availableReplicas: ready };
}

/** The same object where nothing in its status changes, so that the store has nothing to record. */
export function withStatus<T extends { readonly status: unknown }>(object: T, status: T['status']): T {
  return JSON.stringify(object.status) === JSON.stringify(status) ? object : { ...object, status };
}
