import { isOwnedBy } from '../objects/metadata.ts';
import type { ReplicaSet } from '../objects/types.ts';
import { createReplicaSet, hashLabelOf, templateHash } from '../objects/workloads.ts';
import type { Store } from '../store.ts';
import type { ControllerEnvironment } from './controllerEnvironment.ts';
import { readyCounts, withStatus } from './ownedPods.ts';

/**
 * Ensures that the current pod template of a Rollout has a ReplicaSet. When the pods of this ReplicaSet are Ready,
 * scales the ReplicaSets of earlier templates to zero, as Argo Rollouts does for a canary without steps.
 */
export function reconcileRollout({ store }: ControllerEnvironment, namespace: string, name: string): void {
  const rollout = store.get('rollouts.argoproj.io', namespace, name);
  if (rollout === undefined) return;
  const { replicas, template } = rollout.spec;
  const hash = templateHash(template);
  const label = hashLabelOf(rollout);
  const owned = store.list('replicasets.apps', namespace).filter((object) => isOwnedBy(object, rollout));
  const current =
    owned.find(({ metadata }) => metadata.labels?.[label] === hash) ??
    store.put('replicasets.apps', createReplicaSet(rollout, replicas, owned.length + 1));
  const isReady = (current.status.readyReplicas ?? 0) >= replicas;
  scale(store, current, replicas);
  for (const old of owned) if (isReady && old.metadata.uid !== current.metadata.uid) scale(store, old, 0);
  store.modify('rollouts.argoproj.io', namespace, name, (object) =>
    withStatus(object, {
      observedGeneration: object.metadata.generation ?? 1,
      replicas: owned.reduce((sum, { status }) => sum + status.replicas, 0),
      ...readyCounts(owned.reduce((sum, { status }) => sum + (status.readyReplicas ?? 0), 0)),
    }),
  );
}

function scale(store: Store, { metadata }: ReplicaSet, replicas: number): void {
  store.modify('replicasets.apps', metadata.namespace ?? '', metadata.name, (object) =>
    object.spec.replicas === replicas ? object : { ...object, spec: { ...object.spec, replicas } },
  );
}
