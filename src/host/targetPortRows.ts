import type { Cluster } from '../kube/cluster.ts';
import { type Pod, type ResourceTypes, resourceOf, type Service } from '../kube/resources.ts';
import type { PortRow, TargetReference } from '../rpc/contract.ts';
import type { ClusterConnection } from './kubeAccess.ts';
import { containerPorts, toServiceRow } from './rows.ts';

/** How many pods of a label selector are looked at for their ports. */
const MAX_PODS = 50;

/** The ports that a target declares. @throws CodedError what requests throw */
export async function targetPortRows(
  { cluster }: ClusterConnection,
  { kind, namespace, name }: TargetReference,
  signal: AbortSignal,
): Promise<readonly PortRow[]> {
  if (kind === 'selector') return await selectedPortRows(cluster, namespace, name, signal);
  const object = await cluster.get(resourceOf(kind), namespace, name, signal);
  if (kind === 'service') return toServiceRow(object as Service).ports;
  if (kind === 'pod') return containerPorts((object as Pod).spec);
  return containerPorts((object as ResourceTypes['deployments']).spec?.template?.spec);
}

/** The ports of all selected pods, each number once. */
async function selectedPortRows(
  cluster: Cluster,
  namespace: string,
  labelSelector: string,
  signal: AbortSignal,
): Promise<readonly PortRow[]> {
  const { items } = await cluster.listPage('pods', { namespace, labelSelector, limit: MAX_PODS }, signal);
  const rows = items.flatMap(({ spec }) => containerPorts(spec));
  return [...new Map(rows.map((row) => [`${row.number}/${row.protocol}`, row])).values()];
}
