import { timestamp } from '../duration.ts';
import { isOwnedBy } from '../objects/metadata.ts';
import type { Condition, Deployment, ReplicaSet, WorkloadStatus } from '../objects/types.ts';
import { createReplicaSet, POD_TEMPLATE_HASH, REVISION, templateHash } from '../objects/workloads.ts';
import type { Store } from '../store.ts';
import type { ControllerEnvironment } from './controllerEnvironment.ts';
import { readyCounts, withStatus } from './ownedPods.ts';

/**
 * How many pods more than `spec.replicas` a Deployment may have while its pods are replaced. Kubernetes' default is
 * 25%, rounded up: one pod for up to four replicas. The demo cluster uses one pod for any number of replicas.
 */
const MAX_SURGE = 1;

/**
 * Ensures that the current pod template of a Deployment has a ReplicaSet. After a change of the template, replaces the
 * pods one by one: a new pod must be Ready before an old pod is deleted.
 */
export function reconcileDeployment({ store }: ControllerEnvironment, namespace: string, name: string): void {
  const deployment = store.get('deployments.apps', namespace, name);
  if (deployment === undefined) return;
  const hash = templateHash(deployment.spec.template);
  const owned = store.list('replicasets.apps', namespace).filter((object) => isOwnedBy(object, deployment));
  const old = owned.filter((object) => object.metadata.labels?.[POD_TEMPLATE_HASH] !== hash);
  const current =
    owned.find((object) => object.metadata.labels?.[POD_TEMPLATE_HASH] === hash) ??
    store.put('replicasets.apps', nextReplicaSet(deployment, owned));
  rollOut(store, deployment, current, old);
  updateStatus(
    store,
    deployment,
    [...old, current].map((each) => latest(store, each)),
    hash,
  );
}

function nextReplicaSet(deployment: Deployment, owned: readonly ReplicaSet[]): ReplicaSet {
  const revisions = owned.map(({ metadata }) => Number(metadata.annotations?.[REVISION] ?? 0));
  const replicas = owned.length === 0 ? deployment.spec.replicas : 0;
  return createReplicaSet(deployment, replicas, Math.max(0, ...revisions) + 1);
}

function rollOut(store: Store, { spec }: Deployment, current: ReplicaSet, old: readonly ReplicaSet[]): void {
  const remaining = old.filter((each) => each.spec.replicas > 0 || each.status.replicas > 0);
  const shrinking = remaining.find((each) => each.spec.replicas > 0);
  if (shrinking === undefined) return scale(store, current, spec.replicas);
  const total = current.spec.replicas + remaining.reduce((sum, each) => sum + each.spec.replicas, 0);
  const ready =
    (current.status.readyReplicas ?? 0) +
    remaining.reduce((sum, each) => sum + (each.status.readyReplicas ?? 0), 0);
  if (current.spec.replicas < spec.replicas && total < spec.replicas + MAX_SURGE) {
    scale(store, current, current.spec.replicas + 1);
  } else if (ready > spec.replicas || spec.replicas < shrinking.spec.replicas) {
    scale(store, shrinking, shrinking.spec.replicas - 1);
  }
}

function scale(store: Store, { metadata }: ReplicaSet, replicas: number): void {
  store.modify('replicasets.apps', metadata.namespace ?? '', metadata.name, (object) =>
    object.spec.replicas === replicas
      ? object
      : {
          ...object,
          metadata: { ...object.metadata, generation: (object.metadata.generation ?? 1) + 1 },
          spec: { ...object.spec, replicas },
        },
  );
}

function latest(store: Store, replicaSet: ReplicaSet): ReplicaSet {
  const { namespace = '', name } = replicaSet.metadata;
  return store.get('replicasets.apps', namespace, name) ?? replicaSet;
}

function updateStatus(
  store: Store,
  { metadata }: Deployment,
  replicaSets: readonly ReplicaSet[],
  currentHash: string,
): void {
  store.modify('deployments.apps', metadata.namespace ?? '', metadata.name, (object) => {
    const current = replicaSets.find((each) => each.metadata.labels?.[POD_TEMPLATE_HASH] === currentHash);
    const revision = current?.metadata.annotations?.[REVISION] ?? '1';
    const updated = withStatus(object, statusOf(object, replicaSets, current));
    if (updated.metadata.annotations?.[REVISION] === revision) return updated;
    const annotations = { ...updated.metadata.annotations, [REVISION]: revision };
    return { ...updated, metadata: { ...updated.metadata, annotations } };
  });
}

function statusOf(
  deployment: Deployment,
  replicaSets: readonly ReplicaSet[],
  current: ReplicaSet | undefined,
): WorkloadStatus {
  const replicas = replicaSets.reduce((sum, { status }) => sum + status.replicas, 0);
  const ready = replicaSets.reduce((sum, { status }) => sum + (status.readyReplicas ?? 0), 0);
  const unavailable = deployment.spec.replicas - ready;
  return {
    observedGeneration: deployment.metadata.generation ?? 1,
    replicas,
    ...(current === undefined || current.status.replicas === 0
      ? {}
      : { updatedReplicas: current.status.replicas }),
    ...readyCounts(ready),
    ...(unavailable > 0 ? { unavailableReplicas: unavailable } : {}),
    conditions: [progressing(deployment, current), available(deployment, unavailable <= 0)],
  };
}

function progressing(deployment: Deployment, current: ReplicaSet | undefined): Condition {
  const isDone = current?.status.readyReplicas === deployment.spec.replicas;
  const name = current?.metadata.name ?? '';
  return stamped(deployment, {
    type: 'Progressing',
    status: 'True',
    reason: isDone ? 'NewReplicaSetAvailable' : 'ReplicaSetUpdated',
    message: `ReplicaSet "${name}" ${isDone ? 'has successfully progressed' : 'is progressing'}.`,
  });
}

function available(deployment: Deployment, isAvailable: boolean): Condition {
  return stamped(deployment, {
    type: 'Available',
    status: isAvailable ? 'True' : 'False',
    reason: isAvailable ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable',
    message: `Deployment ${isAvailable ? 'has' : 'does not have'} minimum availability.`,
  });
}

/**
 * Adds timestamps to a condition. If the status of the condition has changed, both timestamps are new. If only the
 * reason has changed, only `lastUpdateTime` is new.
 */
function stamped(
  { status }: Deployment,
  condition: Omit<Condition, 'lastUpdateTime' | 'lastTransitionTime'>,
): Condition {
  const before = status.conditions?.find(({ type }) => type === condition.type);
  const isSame = before?.status === condition.status && before.reason === condition.reason;
  const now = timestamp();
  return {
    ...condition,
    lastUpdateTime: isSame ? (before.lastUpdateTime ?? now) : now,
    lastTransitionTime: before?.status === condition.status ? before.lastTransitionTime : now,
  };
}
