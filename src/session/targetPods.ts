import { CodedError } from '../base/errors.ts';
import type { Target } from '../kinds/target.ts';
import { kindOfManifest } from '../kinds/targetKinds.ts';
import type { Cluster, ListQuery } from '../kube/cluster.ts';
import { labelSelectorOf } from '../kube/labelSelector.ts';
import { type ApiObject, resourceOf } from '../kube/resources.ts';

/** Which pods are a target's. @throws CodedError `SERVICE_WITHOUT_SELECTOR`, and what requests throw */
export async function podsQuery(
  cluster: Cluster,
  target: Target,
  namespace: string,
  signal: AbortSignal,
): Promise<ListQuery> {
  if (target.kind === 'pod') return { namespace, fieldSelector: `metadata.name=${target.name}` };
  const object = await cluster.get(resourceOf(target.kind), namespace, target.name, signal);
  const labelSelector = labelSelectorOf(target.kind, object);
  if (labelSelector === undefined) throw new CodedError('SERVICE_WITHOUT_SELECTOR', { name: target.name });
  return { namespace, labelSelector };
}

/** What made the object and would make it again, where that is something one can forward to. */
export function controllerOf(object: ApiObject | undefined): Target | undefined {
  const owner = object?.metadata?.ownerReferences?.find(({ controller }) => controller === true);
  if (owner === undefined) return undefined;
  const kind = kindOfManifest(owner.kind);
  return kind && { kind, name: owner.name };
}
