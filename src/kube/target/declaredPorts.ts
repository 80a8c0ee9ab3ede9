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

/**
 * If the target is a label selector: how many of its pods to read at most, to collect the ports that they declare. The
 * ports of further pods are ignored; usually, all these pods declare the same ports.
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

export function servicePorts({ spec }: Service): DeclaredPort[] {
  return (spec?.ports ?? []).map(({ name, port, protocol = 'TCP', appProtocol }) => ({
    number: port,
    protocol,
    ...(name !== undefined && name !== '' && { name }),
    ...defined({ appProtocol }),
  }));
}

/**
 * Returns the declared ports of a pod's containers and sidecars (init containers that always restart). All other init
 * containers end before the containers start, so their ports cannot be forwarded to and are left out.
 */
export function containerPorts(spec: Pod['spec']): DeclaredPort[] {
  const sidecars = (spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  return [...(spec?.containers ?? []), ...sidecars].flatMap(({ name: container, ports = [] }) =>
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
