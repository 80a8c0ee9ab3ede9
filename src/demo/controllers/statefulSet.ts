import { defined } from '../../base/defined.ts';
import { hasReadyCondition, pendingPod } from '../objects/podStates.ts';
import type { Pod, StatefulSet } from '../objects/types.ts';
import { templateHash } from '../objects/workloads.ts';
import type { ControllerEnvironment } from './controllerEnvironment.ts';
import { countReady, isActive, ownedPods, readyCounts, withStatus } from './ownedPods.ts';

const REVISION_LABEL = 'controller-revision-hash';

/**
 * Brings the pods of a StatefulSet one step closer to the wanted state: creates or deletes at most one pod. The names
 * of the pods are fixed, so a deleted pod is replaced only after it has terminated.
 */
export function reconcileStatefulSet(
  { store, pods }: ControllerEnvironment,
  namespace: string,
  name: string,
): void {
  const statefulSet = store.get('statefulsets.apps', namespace, name);
  if (statefulSet === undefined) return;
  const owned = ownedPods(store, statefulSet);
  const revision = revisionOf(statefulSet);
  const next = nextStep(statefulSet, owned, revision);
  if (next.type === 'create') store.put('pods', createOrdinal(statefulSet, next.ordinal));
  if (next.type === 'delete') pods.delete(next.pod);
  const current = ownedPods(store, statefulSet).filter(isActive);
  store.modify('statefulsets.apps', namespace, name, (object) =>
    withStatus(object, {
      observedGeneration: object.metadata.generation ?? 1,
      replicas: current.length,
      ...readyCounts(countReady(current)),
      currentReplicas: current.length,
      updatedReplicas: current.filter((pod) => pod.metadata.labels?.[REVISION_LABEL] === revision).length,
      currentRevision: revision,
      updateRevision: revision,
    }),
  );
}

/** Returns a new pod of a StatefulSet. The pod is not scheduled yet. */
export function createOrdinal(statefulSet: StatefulSet, ordinal: number, createdAt?: Date): Pod {
  const { name, namespace = '' } = statefulSet.metadata;
  const { metadata, spec } = statefulSet.spec.template;
  const podName = `${name}-${ordinal}`;
  return pendingPod(
    {
      name: podName,
      generateName: `${name}-`,
      namespace,
      labels: {
        ...metadata.labels,
        [REVISION_LABEL]: revisionOf(statefulSet),
        'statefulset.kubernetes.io/pod-name': podName,
        'apps.kubernetes.io/pod-index': String(ordinal),
      },
      owner: statefulSet,
      ...defined({ createdAt }),
    },
    { ...spec, hostname: podName, subdomain: statefulSet.spec.serviceName },
  );
}

type Step =
  | { readonly type: 'none' }
  | { readonly type: 'create'; readonly ordinal: number }
  | { readonly type: 'delete'; readonly pod: Pod };

/**
 * Returns the next step: to create the missing pod with the lowest ordinal, or else to delete a pod whose ordinal is
 * too high or whose template is outdated. Checks the pods in the order of their ordinals. If a pod exists but is not
 * Ready, returns `none`, because Kubernetes waits for this pod. Also returns `none` if there is nothing to do.
 */
function nextStep(statefulSet: StatefulSet, owned: readonly Pod[], revision: string): Step {
  const byName = new Map(owned.map((pod) => [pod.metadata.name, pod]));
  const { name } = statefulSet.metadata;
  for (let ordinal = 0; ordinal < statefulSet.spec.replicas; ordinal++) {
    const pod = byName.get(`${name}-${ordinal}`);
    if (pod === undefined) return { type: 'create', ordinal };
    if (!isActive(pod) || !hasReadyCondition(pod)) return { type: 'none' };
  }
  const highestFirst = owned.filter(isActive).toSorted((left, right) => ordinalOf(right) - ordinalOf(left));
  const surplus = highestFirst.find((pod) => ordinalOf(pod) >= statefulSet.spec.replicas);
  const outdated = highestFirst.find((pod) => pod.metadata.labels?.[REVISION_LABEL] !== revision);
  const pod = surplus ?? outdated;
  return pod === undefined ? { type: 'none' } : { type: 'delete', pod };
}

function ordinalOf({ metadata }: Pod): number {
  return Number(metadata.name.slice(metadata.name.lastIndexOf('-') + 1));
}

function revisionOf({ metadata, spec }: StatefulSet): string {
  return `${metadata.name}-${templateHash(spec.template)}`;
}
