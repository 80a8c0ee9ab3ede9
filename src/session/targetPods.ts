import type { Cluster, ListQuery } from '../kube/cluster.ts';
import { formatLabelSelector, formatLabels } from '../kube/labelSelector.ts';
import type { ApiObject, ResourceTypes, Service } from '../kube/resources.ts';
import { resourceOf, TARGET_KINDS, type Target } from '../kube/target.ts';

/** Which pods are a target's. @throws CodedError what requests throw */
export async function podsQuery(
  cluster: Cluster,
  target: Target,
  namespace: string,
  signal: AbortSignal,
): Promise<ListQuery> {
  if (target.kind === 'pod') return { namespace, fieldSelector: `metadata.name=${target.name}` };
  const object = await cluster.get(resourceOf(target.kind), namespace, target.name, signal);
  const labelSelector =
    target.kind === 'service'
      ? formatLabels((object as Service).spec?.selector ?? {})
      : formatLabelSelector((object as ResourceTypes['deployments']).spec?.selector ?? {});
  return { namespace, labelSelector };
}

/** What made the object and would make it again, where that is something one can forward to. */
export function controllerOf(object: ApiObject | undefined): Target | undefined {
  const owner = object?.metadata?.ownerReferences?.find(({ controller }) => controller === true);
  const kind = TARGET_KINDS.find((candidate) => candidate === owner?.kind.toLowerCase());
  return owner !== undefined && kind !== undefined ? { kind, name: owner.name } : undefined;
}
