import { defined } from '../../base/defined.ts';
import { randomSuffix } from '../objects/metadata.ts';
import { hasReadyCondition, pendingPod } from '../objects/podStates.ts';
import type { Pod, ReplicaSet, ReplicationController } from '../objects/types.ts';
import type { ControllerEnvironment } from './controllerEnvironment.ts';
import { countReady, isActive, ownedPods, readyCounts, withStatus } from './ownedPods.ts';

export const reconcileReplicaSet = reconcilerOf('replicasets.apps');
export const reconcileReplicationController = reconcilerOf('replicationcontrollers');

/** Returns a function that creates or deletes pods until their number is `spec.replicas`. */
function reconcilerOf(resource: 'replicasets.apps' | 'replicationcontrollers') {
  return ({ store, pods }: ControllerEnvironment, namespace: string, name: string): void => {
    const owner = store.get(resource, namespace, name);
    if (owner === undefined) return;
    const active = ownedPods(store, owner).filter(isActive);
    for (let missing = owner.spec.replicas - active.length; missing > 0; missing--) {
      store.put('pods', createReplica(owner));
    }
    const surplus = active.length - owner.spec.replicas;
    for (const pod of dispensableFirst(active).slice(0, Math.max(0, surplus))) pods.delete(pod);
    const current = ownedPods(store, owner).filter(isActive);
    store.modify(resource, namespace, name, (object) =>
      withStatus(object, {
        replicas: current.length,
        ...(current.length === 0 ? {} : { fullyLabeledReplicas: current.length }),
        ...readyCounts(countReady(current)),
        observedGeneration: object.metadata.generation ?? 1,
      }),
    );
  };
}

/** Returns a new pod of a ReplicaSet or ReplicationController. The pod is not scheduled yet. */
export function createReplica(replicaSet: ReplicaSet | ReplicationController, createdAt?: Date): Pod {
  const { name, namespace = '' } = replicaSet.metadata;
  const { metadata, spec } = replicaSet.spec.template;
  return pendingPod(
    {
      name: `${name}-${randomSuffix()}`,
      generateName: `${name}-`,
      namespace,
      labels: metadata.labels,
      ...defined({ annotations: metadata.annotations }),
      owner: replicaSet,
      ...defined({ createdAt }),
    },
    spec,
  );
}

/**
 * Sorts pods in the order in which to delete them: first pods that are not Ready, then pods that changed most recently.
 */
function dispensableFirst(pods: readonly Pod[]): Pod[] {
  return pods.toSorted(
    (left, right) =>
      Number(hasReadyCondition(left)) - Number(hasReadyCondition(right)) ||
      Number(right.metadata.resourceVersion) - Number(left.metadata.resourceVersion),
  );
}
