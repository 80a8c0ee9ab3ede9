import { isCoded } from '../base/errors.ts';
import type { ObjectTarget } from '../kinds/target.ts';
import { kindOfManifest } from '../kinds/targetKinds.ts';
import type { Cluster } from './cluster.ts';
import { getIfThere } from './followObject.ts';
import type { ApiObject, Pod } from './resources.ts';

type OwnerReference = NonNullable<NonNullable<ApiObject['metadata']>['ownerReferences']>[number];

/** The owner that makes an object, and would make it again. */
export function controllerReference(object: ApiObject): OwnerReference | undefined {
  return object.metadata?.ownerReferences?.find(({ controller }) => controller === true);
}

/** The same as a target, undefined for kinds that cannot be forwarded to. */
export function controllerOf(object: ApiObject): ObjectTarget | undefined {
  const owner = controllerReference(object);
  const kind = owner && kindOfManifest(owner.kind, owner.apiVersion);
  return owner && kind && { kind, name: owner.name };
}

/** Whether a pod that is deleted comes back under its name, if at all: all but the kinds that draw names at random. */
export function keepsName(pod: ApiObject): boolean {
  const owner = controllerReference(pod);
  if (owner === undefined) return false;
  const kind = controllerOf(pod)?.kind;
  return kind === undefined || kind === 'statefulset';
}

/**
 * What makes the pods of a controller's successor, too: a ReplicaSet goes with its Deployment's next version, the Deployment
 * stays. The controller itself where it has none of its own, or may not be read.
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

/** Tells a controller's pods from others that carry the same labels: by owner references, through ReplicaSets where it has some. */
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
