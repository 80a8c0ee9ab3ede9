import { defined } from '../../base/defined.ts';
import { randomSuffix } from '../objects/metadata.ts';
import { pendingPod } from '../objects/podStates.ts';
import type { DaemonSet, Pod } from '../objects/types.ts';
import type { ControllerEnvironment } from './controllerEnvironment.ts';
import { countReady, isActive, ownedPods, withStatus } from './ownedPods.ts';

/**
 * Ensures that the only node of the cluster has a pod of the DaemonSet. If the pod is deleted, creates a new pod after
 * the deleted pod has terminated.
 */
export function reconcileDaemonSet({ store }: ControllerEnvironment, namespace: string, name: string): void {
  const daemonSet = store.get('daemonsets.apps', namespace, name);
  if (daemonSet === undefined) return;
  if (ownedPods(store, daemonSet).length === 0) store.put('pods', createDaemonPod(daemonSet));
  const active = ownedPods(store, daemonSet).filter(isActive);
  const ready = countReady(active);
  store.modify('daemonsets.apps', namespace, name, (object) =>
    withStatus(object, {
      observedGeneration: object.metadata.generation ?? 1,
      currentNumberScheduled: active.length,
      desiredNumberScheduled: 1,
      numberMisscheduled: 0,
      numberReady: ready,
      ...(ready === 0 ? {} : { numberAvailable: ready }),
      updatedNumberScheduled: active.length,
    }),
  );
}

/** Returns a new pod of a DaemonSet. The pod is not scheduled yet. */
export function createDaemonPod(daemonSet: DaemonSet, createdAt?: Date): Pod {
  const { name, namespace = '' } = daemonSet.metadata;
  const { metadata, spec } = daemonSet.spec.template;
  return pendingPod(
    {
      name: `${name}-${randomSuffix()}`,
      generateName: `${name}-`,
      namespace,
      labels: { ...metadata.labels, 'pod-template-generation': '1' },
      owner: daemonSet,
      ...defined({ createdAt }),
    },
    spec,
  );
}
