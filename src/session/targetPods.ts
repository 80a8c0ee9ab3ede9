import type { ObjectTarget, Target } from '../kinds/target.ts';
import { kindOfManifest } from '../kinds/targetKinds.ts';
import type { Cluster, ListQuery } from '../kube/cluster.ts';
import { requireLabelSelector } from '../kube/labelSelector.ts';
import { type ApiObject, resourceOf } from '../kube/resources.ts';

/** Which pods are a target's. @throws CodedError as `requireLabelSelector` does, and what requests throw */
export async function podsQuery(
  cluster: Cluster,
  target: Target,
  namespace: string,
  signal: AbortSignal,
): Promise<ListQuery> {
  if (target.kind === 'pod') return { namespace, fieldSelector: `metadata.name=${target.name}` };
  if (target.kind === 'selector') return { namespace, labelSelector: target.name };
  const object = await cluster.get(resourceOf(target.kind), namespace, target.name, signal);
  return { namespace, labelSelector: requireLabelSelector(target, namespace, object) };
}

/** What made the object and would make it again, where that is something one can forward to. */
export function controllerOf(object: ApiObject | undefined): ObjectTarget | undefined {
  const owner = object?.metadata?.ownerReferences?.find(({ controller }) => controller === true);
  if (owner === undefined) return undefined;
  const kind = kindOfManifest(owner.kind, owner.apiVersion);
  return kind && { kind, name: owner.name };
}
