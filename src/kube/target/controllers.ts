import { isCoded } from '../../base/errors.ts';
import type { ObjectTarget } from '../../kinds/target.ts';
import { kindOfManifest } from '../../kinds/targetKinds.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { getIfThere } from '../cluster/followObject.ts';
import type { ApiObject, Pod } from '../cluster/resources.ts';

type OwnerReference = NonNullable<NonNullable<ApiObject['metadata']>['ownerReferences']>[number];

/**
 * Returns the reference to the controller of an object: the owner that creates the object again if it is deleted.
 * Undefined if the object has no controller.
 */
export function controllerReference(object: ApiObject): OwnerReference | undefined {
  return object.metadata?.ownerReferences?.find(({ controller }) => controller === true);
}

/**
 * Returns the controller of an object as a target. Returns undefined if the object has no controller, or if forwards do
 * not support the controller's kind.
 */
export function controllerOf(object: ApiObject): ObjectTarget | undefined {
  const owner = controllerReference(object);
  const kind = owner && kindOfManifest(owner.kind, owner.apiVersion);
  return owner && kind && { kind, name: owner.name };
}

/**
 * Returns true if the pod may be replaced by a new pod with the same name after it is deleted. This is the case if its
 * controller is a StatefulSet, or has a kind that this program does not know. All other controllers give their pods
 * random names.
 */
export function keepsName(pod: ApiObject): boolean {
  const owner = controllerReference(pod);
  if (owner === undefined) return false;
  const kind = controllerOf(pod)?.kind;
  return kind === undefined || kind === 'statefulset';
}

/**
 * Returns the target that a forward should follow. If the controller is a ReplicaSet, this is the Deployment or Rollout
 * that controls the ReplicaSet, because an update replaces the ReplicaSet. In all other cases, this is `controller`
 * itself, for example if the user may not read the ReplicaSet.
 */
export async function topController(
  cluster: Cluster,
  namespace: string,
  controller: ObjectTarget,
  signal: AbortSignal,
): Promise<ObjectTarget> {
  if (controller.kind !== 'replicaset') return controller;
  try {
    const replicaSet = await getIfThere(cluster, 'replicasets', namespace, controller.name, signal);
    return (replicaSet && controllerOf(replicaSet)) ?? controller;
  } catch (error) {
    if (isCoded(error, 'FORBIDDEN')) return controller;
    throw error;
  }
}

/**
 * Returns a function that tells whether the controller owns a pod, directly or through a ReplicaSet. Comparing labels
 * is not enough, because pods of other controllers can have the same labels.
 */
export function podsOwnedBy(
  cluster: Cluster,
  namespace: string,
  controller: ApiObject,
): (pod: Pod, signal: AbortSignal) => Promise<boolean> {
  const uid = controller.metadata?.uid;
  const replicaSets = new Map<string, Promise<boolean>>();
  const ownsReplicaSet = async (name: string, signal: AbortSignal) => {
    const replicaSet = await getIfThere(cluster, 'replicasets', namespace, name, signal);
    return replicaSet !== undefined && controllerReference(replicaSet)?.uid === uid;
  };
  return async (pod, signal) => {
    const owner = controllerReference(pod);
    const ownerUid = owner?.uid;
    if (owner === undefined || ownerUid === undefined) return false;
    if (ownerUid === uid) return true;
    if (controllerOf(pod)?.kind !== 'replicaset') return false;
    const known = replicaSets.get(ownerUid) ?? ownsReplicaSet(owner.name, signal);
    replicaSets.set(ownerUid, known);
    try {
      return await known;
    } catch (error) {
      replicaSets.delete(ownerUid);
      if (isCoded(error, 'FORBIDDEN')) return false;
      throw error;
    }
  };
}
