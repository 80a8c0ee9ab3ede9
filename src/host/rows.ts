import { defined } from '../base/defined.ts';
import type { KINDS, WorkloadKind } from '../kinds/targetKinds.ts';
import type { Namespace, Pod, ResourceTypes, Service } from '../kube/cluster/resources.ts';
import { containerPorts, hasSelector, servicePorts } from '../kube/target/declaredPorts.ts';
import { isReady, sidecars } from '../kube/target/podState.ts';
import type { NamespaceRow, PodRow, ServiceRow, WorkloadRow } from '../rpc/clustersContract.ts';
import { podCounts, podStatus } from './podStatus.ts';

// The functions below return only those fields of an object that a view shows. The host does not store the other
// fields, because a view may have 10,000 pods.

export function toNamespaceRow({ metadata, status }: Namespace): NamespaceRow {
  return { type: 'namespace', name: metadata?.name ?? '', phase: status?.phase ?? 'Active' };
}

export function toPodRow(pod: Pod): PodRow {
  const { metadata, spec, status } = pod;
  const containers = [...(spec?.containers ?? []), ...sidecars(spec)];
  return {
    type: 'pod',
    name: metadata?.name ?? '',
    status: podStatus(pod),
    phase: status?.phase ?? 'Unknown',
    isReady: isReady(pod),
    ...podCounts(pod),
    containers: containers.length,
    createdAt: metadata?.creationTimestamp ?? '',
    containerNames: containers.map(({ name }) => name),
    ports: containerPorts(spec),
    ...(spec?.nodeName !== undefined && { node: spec.nodeName }),
    ...(status?.podIP !== undefined && { ip: status.podIP }),
  };
}

export function toServiceRow(service: Service): ServiceRow {
  const { metadata, spec } = service;
  const clusterIp = spec?.clusterIP;
  return {
    type: 'service',
    name: metadata?.name ?? '',
    serviceType: spec?.type ?? 'ClusterIP',
    hasSelector: hasSelector(service),
    ports: servicePorts(service),
    ...(clusterIp !== undefined && clusterIp !== '' && clusterIp !== 'None' && { clusterIp }),
  };
}

export function toWorkloadRow(
  kind: WorkloadKind,
  object: ResourceTypes[(typeof KINDS)[WorkloadKind]['plural']],
): WorkloadRow {
  return {
    type: 'workload',
    kind,
    name: object.metadata?.name ?? '',
    ...COUNTS[kind](object),
    ports: containerPorts(object.spec?.template?.spec),
  };
}

type Counts = Pick<WorkloadRow, 'ready' | 'desired' | 'status'>;

const COUNTS: Readonly<Record<WorkloadKind, (object: ResourceTypes[keyof ResourceTypes]) => Counts>> = {
  deployment: replicaCounts,
  statefulset: replicaCounts,
  daemonset: daemonSetCounts,
  job: jobCounts,
  rollout: replicaCounts,
};

/**
 * Returns the numbers of ready and active pods of a Job. If the Job has ended or is suspended, also returns its status
 * as in `kubectl get jobs`: `printJob` in Kubernetes' `pkg/printers/internalversion/printers.go`.
 */
function jobCounts(object: ResourceTypes[keyof ResourceTypes]): Counts {
  const { status, spec } = object as ResourceTypes['jobs'];
  const ended = status?.conditions?.find(
    ({ type, status: holds }) => holds === 'True' && (type === 'Complete' || type === 'Failed'),
  );
  const text = ended?.type ?? (spec?.suspend === true ? 'Suspended' : undefined);
  return {
    ready: status?.ready ?? 0,
    desired: status?.active ?? 0,
    ...defined({ status: text }),
  };
}

function replicaCounts(object: ResourceTypes[keyof ResourceTypes]): Counts {
  const { spec, status } = object as ResourceTypes['deployments'];
  // If the field `replicas` is missing, Kubernetes uses 1.
  return { ready: status?.readyReplicas ?? 0, desired: spec?.replicas ?? 1 };
}

function daemonSetCounts(object: ResourceTypes[keyof ResourceTypes]): Counts {
  const { status } = object as ResourceTypes['daemonsets'];
  return { ready: status?.numberReady ?? 0, desired: status?.desiredNumberScheduled ?? 0 };
}
