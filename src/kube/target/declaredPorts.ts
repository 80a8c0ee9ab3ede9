import { defined } from '../../base/defined.ts';
import type { DeclaredPort } from '../../kinds/ports.ts';
import type { Target } from '../../kinds/target.ts';
import type { Cluster } from '../cluster/cluster.ts';
import {
  type Pod,
  type ResourceTypes,
  type Rollout,
  resourceOf,
  type Service,
} from '../cluster/resources.ts';
import { sidecars } from './podState.ts';

/**
 * The most pods to read for a label selector, to collect the ports that they declare. More pods are not read: usually,
 * all pods of a selector declare the same ports.
 */
const MAX_PODS = 50;

/**
 * Returns the ports that a target declares.
 * @throws CodedError the errors of requests
 */
export async function declaredPorts(
  cluster: Cluster,
  { kind, name }: Target,
  namespace: string,
  signal: AbortSignal,
): Promise<readonly DeclaredPort[]> {
  if (kind === 'selector') return await selectedPorts(cluster, namespace, name, signal);
  const object = await cluster.get(resourceOf(kind), namespace, name, signal);
  if (kind === 'service') return servicePorts(object as Service);
  if (kind === 'pod') return containerPorts((object as Pod).spec);
  return containerPorts((object as ResourceTypes['deployments'] | Rollout).spec?.template?.spec);
}

/** Returns false for a service without a selector. Such a service selects no pods. */
export function hasSelector({ spec }: Service): boolean {
  return Object.keys(spec?.selector ?? {}).length > 0;
}

export function servicePorts({ spec }: Service): DeclaredPort[] {
  return (spec?.ports ?? []).map(({ name, port, protocol = 'TCP', appProtocol }) => ({
    number: port,
    protocol,
    ...(name !== undefined && name !== '' && { name }),
    ...defined({ appProtocol }),
  }));
}

/**
 * Returns the declared ports of a pod's containers and sidecars. Ignores the ports of other init containers, because
 * these end before the containers start, and nothing listens on their ports afterwards.
 */
export function containerPorts(spec: Pod['spec']): DeclaredPort[] {
  return [...(spec?.containers ?? []), ...sidecars(spec)].flatMap(({ name: container, ports = [] }) =>
    ports.map(({ name, containerPort, protocol = 'TCP' }) => ({
      number: containerPort,
      protocol,
      container,
      ...(name !== undefined && name !== '' && { name }),
    })),
  );
}

/** Returns the ports that the selected pods declare, without duplicates. */
async function selectedPorts(
  cluster: Cluster,
  namespace: string,
  labelSelector: string,
  signal: AbortSignal,
): Promise<readonly DeclaredPort[]> {
  const { items } = await cluster.listPage('pods', { namespace, labelSelector, limit: MAX_PODS }, signal);
  const ports = items.flatMap(({ spec }) => containerPorts(spec));
  return [...new Map(ports.map((port) => [`${port.number}/${port.protocol}`, port])).values()];
}
