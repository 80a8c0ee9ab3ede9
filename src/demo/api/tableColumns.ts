import { humanDuration } from '../duration.ts';
import type {
  ContainerStatus,
  KubernetesObject,
  Labels,
  Pod,
  PodTemplate,
  ReplicaSet,
  ReplicationController,
  ResourceKey,
  ResourceTypes,
  Rollout,
} from '../objects/types.ts';

export interface TableColumn<T> {
  readonly name: string;
  readonly type?: 'string' | 'integer';
  /** 0: kubectl always shows the column. 1: kubectl shows the column with `-o wide`. Optional, default 0. */
  readonly priority?: 0 | 1;
  /** Returns the cell of an object. @param now the current time in milliseconds since the epoch */
  cell(object: T, now: number): string | number;
}

type Columns = { readonly [K in ResourceKey]: readonly TableColumn<ResourceTypes[K]>[] };

const NONE = '<none>';
const name: TableColumn<KubernetesObject> = { name: 'Name', cell: ({ metadata }) => metadata.name };
const age: TableColumn<KubernetesObject> = { name: 'Age', cell: ageOf };

/** The columns that a real API server puts into the table of each resource. */
export const TABLE_COLUMNS: Columns = {
  namespaces: [name, { name: 'Status', cell: ({ status }) => status.phase }, age],
  nodes: [
    name,
    { name: 'Status', cell: ({ status }) => (isTrue(status.conditions, 'Ready') ? 'Ready' : 'NotReady') },
    { name: 'Roles', cell: () => 'control-plane' },
    age,
    { name: 'Version', cell: ({ status }) => status.nodeInfo['kubeletVersion'] ?? '' },
    wide('Internal-IP', ({ status }) => status.addresses[0]?.address ?? NONE),
  ],
  pods: [
    name,
    { name: 'Ready', cell: readyCell },
    { name: 'Status', cell: statusColumn },
    { name: 'Restarts', cell: restartsCell },
    age,
    wide('IP', ({ status }) => status.podIP ?? NONE),
    wide('Node', ({ spec }) => spec.nodeName ?? NONE),
    wide('Nominated Node', () => NONE),
    wide('Readiness Gates', () => NONE),
  ],
  services: [
    name,
    { name: 'Type', cell: ({ spec }) => spec.type },
    { name: 'Cluster-IP', cell: ({ spec }) => spec.clusterIP },
    { name: 'External-IP', cell: () => NONE },
    {
      name: 'Port(s)',
      cell: ({ spec }) => joined(spec.ports.map(({ port, protocol }) => `${port}/${protocol}`)),
    },
    age,
    wide('Selector', ({ spec }) => labelsText(spec.selector ?? {})),
  ],
  events: [
    {
      name: 'Last Seen',
      cell: ({ lastTimestamp }, now) => humanDuration(now - Date.parse(lastTimestamp)),
    },
    { name: 'Type', cell: ({ type }) => type },
    { name: 'Reason', cell: ({ reason }) => reason },
    {
      name: 'Object',
      cell: ({ involvedObject }) => `${involvedObject.kind.toLowerCase()}/${involvedObject.name}`,
    },
    { name: 'Message', cell: ({ message }) => message },
  ],
  'endpointslices.discovery.k8s.io': [
    name,
    { name: 'AddressType', cell: ({ addressType }) => addressType },
    {
      name: 'Ports',
      cell: ({ ports }) => (ports.length === 0 ? '<unset>' : joined(ports.map((p) => p.port))),
    },
    {
      name: 'Endpoints',
      cell: ({ endpoints }) =>
        endpoints.length === 0 ? '<unset>' : joined(endpoints.flatMap(({ addresses }) => addresses)),
    },
    age,
  ],
  'deployments.apps': [
    name,
    { name: 'Ready', cell: ({ spec, status }) => `${status.readyReplicas ?? 0}/${spec.replicas}` },
    { name: 'Up-to-date', type: 'integer', cell: ({ status }) => status.updatedReplicas ?? 0 },
    { name: 'Available', type: 'integer', cell: ({ status }) => status.availableReplicas ?? 0 },
    age,
    ...templateColumns(),
  ],
  'replicasets.apps': [name, ...replicaColumns(), age, ...templateColumns()],
  replicationcontrollers: [name, ...replicaColumns(), age],
  'rollouts.argoproj.io': [name, ...replicaColumns(), age],
  'statefulsets.apps': [
    name,
    { name: 'Ready', cell: ({ spec, status }) => `${status.readyReplicas ?? 0}/${spec.replicas}` },
    age,
    ...templateColumns().slice(0, 2),
  ],
  'daemonsets.apps': [
    name,
    { name: 'Desired', type: 'integer', cell: ({ status }) => status.desiredNumberScheduled },
    { name: 'Current', type: 'integer', cell: ({ status }) => status.currentNumberScheduled },
    { name: 'Ready', type: 'integer', cell: ({ status }) => status.numberReady },
    { name: 'Up-to-date', type: 'integer', cell: ({ status }) => status.updatedNumberScheduled ?? 0 },
    { name: 'Available', type: 'integer', cell: ({ status }) => status.numberAvailable ?? 0 },
    { name: 'Node Selector', cell: () => NONE },
    age,
    ...templateColumns(),
  ],
  'jobs.batch': [
    name,
    {
      name: 'Status',
      cell: ({ status }) => (isTrue(status.conditions, 'Complete') ? 'Complete' : 'Running'),
    },
    { name: 'Completions', cell: ({ spec, status }) => `${status.succeeded ?? 0}/${spec.completions}` },
    {
      name: 'Duration',
      cell: ({ status }, now) =>
        humanDuration(
          (status.completionTime === undefined ? now : Date.parse(status.completionTime)) -
            Date.parse(status.startTime),
        ),
    },
    age,
    ...templateColumns(),
  ],
};

function replicaColumns(): readonly TableColumn<ReplicaSet | ReplicationController | Rollout>[] {
  return [
    { name: 'Desired', type: 'integer', cell: ({ spec }) => spec.replicas },
    { name: 'Current', type: 'integer', cell: ({ status }) => status.replicas },
    { name: 'Ready', type: 'integer', cell: ({ status }) => status.readyReplicas ?? 0 },
  ];
}

function templateColumns(): readonly TableColumn<
  KubernetesObject & {
    readonly spec: { readonly template: PodTemplate; readonly selector: { readonly matchLabels: Labels } };
  }
>[] {
  return [
    wide('Containers', ({ spec }) =>
      joined(spec.template.spec.containers.map((container) => container.name)),
    ),
    wide('Images', ({ spec }) => joined(spec.template.spec.containers.map((container) => container.image))),
    wide('Selector', ({ spec }) => labelsText(spec.selector.matchLabels)),
  ];
}

/**
 * Returns the STATUS of a pod as kubectl shows it: `Terminating`, the reason why a container is not running, or the
 * pod's phase.
 */
export function statusColumn(pod: Pod): string {
  if (pod.metadata.deletionTimestamp !== undefined) return 'Terminating';
  for (const { state } of pod.status.containerStatuses ?? []) {
    if (state.waiting !== undefined) return state.waiting.reason;
    if (state.terminated !== undefined) return state.terminated.reason;
  }
  return pod.status.phase;
}

function readyCell({ spec, status }: Pod): string {
  const ready = (status.containerStatuses ?? []).filter((container) => container.ready).length;
  return `${ready}/${spec.containers.length}`;
}

function restartsCell({ status }: Pod, now: number): string {
  const statuses = status.containerStatuses ?? [];
  const restarts = statuses.reduce((sum, { restartCount }) => sum + restartCount, 0);
  const last = Math.max(0, ...statuses.map(lastFinished));
  return restarts === 0 || last === 0 ? String(restarts) : `${restarts} (${humanDuration(now - last)} ago)`;
}

function lastFinished({ lastState }: ContainerStatus): number {
  return lastState.terminated === undefined ? 0 : Date.parse(lastState.terminated.finishedAt);
}

function ageOf({ metadata }: KubernetesObject, now: number): string {
  return humanDuration(now - Date.parse(metadata.creationTimestamp));
}

function isTrue(
  conditions: readonly { readonly type: string; readonly status: string }[] | undefined,
  type: string,
): boolean {
  return conditions?.some((condition) => condition.type === type && condition.status === 'True') ?? false;
}

function labelsText(labels: Labels): string {
  const entries = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  return entries.length === 0 ? NONE : joined(entries);
}

function joined(parts: readonly (string | number)[]): string {
  return parts.length === 0 ? NONE : parts.join(',');
}

function wide<T>(columnName: string, cell: (object: T) => string): TableColumn<T> {
  return { name: columnName, priority: 1, cell };
}
