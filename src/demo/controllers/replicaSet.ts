import { randomSuffix } from '../objects/metadata.ts';
import { isReady, pendingPod } from '../objects/podStates.ts';
import type { Pod, ReplicaSet } from '../objects/types.ts';
import type { ControllerEnvironment } from './controllers.ts';
import { countReady, isActive, ownedPods, readyCounts, withStatus } from './ownedPods.ts';

/** Creates or deletes pods until there are as many as wanted. */
export function reconcileReplicaSet(
  { store, pods }: ControllerEnvironment,
  namespace: string,
  name: string,
): void {
  const replicaSet = store.get('replicasets.apps', namespace, name);
  if (replicaSet === undefined) return;
  const active = ownedPods(store, replicaSet).filter(isActive);
  for (let missing = replicaSet.spec.replicas - active.length; missing > 0; missing--) {
    store.put('pods', createReplica(replicaSet));
  }
  const surplus = active.length - replicaSet.spec.replicas;
  for (const pod of dispensableFirst(active).slice(0, Math.max(0, surplus))) pods.delete(pod);
  const current = ownedPods(store, replicaSet).filter(isActive);
  store.modify('replicasets.apps', namespace, name, (object) =>
    withStatus(object, {
      replicas: current.length,
      ...(current.length === 0 ? {} : { fullyLabeledReplicas: current.length }),
      ...readyCounts(countReady(current)),
      observedGeneration: object.metadata.generation ?? 1,
    }),
  );
}

/** A pod of a replica set, not yet scheduled. */
export function createReplica(replicaSet: ReplicaSet, createdAt?: Date): Pod {
  const { name, namespace = '' } = replicaSet.metadata;
  const { metadata, spec } = replicaSet.spec.template;
  return pendingPod(
    {
      name: `${name}-${randomSuffix()}`,
      generateName: `${name}-`,
      namespace,
      labels: metadata.labels,
      ...(metadata.annotations === undefined ? {} : { annotations: metadata.annotations }),
      owner: replicaSet,
      ...(createdAt === undefined ? {} : { createdAt }),
    },
    spec,
  );
}

/** Pods that are not ready go first, then the youngest. */
function dispensableFirst(pods: readonly Pod[]): Pod[] {
  return pods.toSorted(
    (left, right) =>
      Number(isReady(left)) - Number(isReady(right)) ||
      Number(right.metadata.resourceVersion) - Number(left.metadata.resourceVersion),
  );
}
