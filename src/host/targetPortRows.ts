import { type Pod, type ResourceTypes, resourceOf, type Service } from '../kube/resources.ts';
import type { PortRow, TargetReference } from '../rpc/contract.ts';
import type { ClusterConnection } from './kubeAccess.ts';
import { containerPorts, toServiceRow } from './rows.ts';

/** The ports that a target declares. @throws CodedError what requests throw */
export async function targetPortRows(
  { cluster }: ClusterConnection,
  { kind, namespace, name }: TargetReference,
  signal: AbortSignal,
): Promise<readonly PortRow[]> {
  const object = await cluster.get(resourceOf(kind), namespace, name, signal);
  if (kind === 'service') return toServiceRow(object as Service).ports;
  if (kind === 'pod') return containerPorts((object as Pod).spec);
  return containerPorts((object as ResourceTypes['deployments']).spec?.template.spec);
}
