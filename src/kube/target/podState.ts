import type { Pod } from '../cluster/resources.ts';

/**
 * Returns true if the pod accepts traffic: its containers run, its readiness probes succeed, and it is not terminating.
 */
export function isReady(pod: Pod): boolean {
  return isRunning(pod) && hasCondition(pod, 'Ready');
}

/** Returns true if the containers run and the pod is not terminating. */
export function isRunning(pod: Pod): boolean {
  return pod.status?.phase === 'Running' && !isTerminating(pod);
}

export function isTerminating(pod: Pod): boolean {
  return pod.metadata?.deletionTimestamp !== undefined;
}

/** Returns true if the pod has ended and will not run again. */
export function isCompleted(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

/** Returns the sidecars in a pod's `spec`: the init containers that always restart. */
export function sidecars(spec: Pod['spec']) {
  return (spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
}

/** The state of the pod in one word, as in kubectl's STATUS column: `Pending`, `ImagePullBackOff`, `Terminating`. */
export function podStatusText(pod: Pod): string {
  if (isTerminating(pod)) return 'Terminating';
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  const waiting = statuses.map(({ state }) => state?.waiting?.reason).find((reason) => reason !== undefined);
  return waiting ?? pod.status?.phase ?? 'Unknown';
}

/**
 * Chooses a Ready pod to forward to, in kubectl's order: Ready for the longest time, then fewest restarts, then oldest.
 * With this order, the choice rarely changes when pods are created or deleted.
 */
export function chooseReadyPod(pods: Iterable<Pod>): Pod | undefined {
  return [...pods].filter(isReady).sort(byPreference)[0];
}

/** Like {@link chooseReadyPod}, but the pod need not be Ready: its containers run, and it is not terminating. */
export function chooseRunningPod(pods: Iterable<Pod>): Pod | undefined {
  return [...pods].filter(isRunning).sort(byPreference)[0];
}

/**
 * Chooses a terminating pod whose containers still run, as kubectl does, in the order of {@link chooseReadyPod}. Used
 * if there is no other pod.
 */
export function chooseEndingPod(pods: Iterable<Pod>): Pod | undefined {
  return [...pods].filter(isEnding).sort(byPreference)[0];
}

/** Returns true if the containers run but the pod is terminating. */
export function isEnding(pod: Pod): boolean {
  return isTerminating(pod) && pod.status?.phase === 'Running';
}

/** Compares pods as kubectl does (`ActivePods` in `k8s.io/kubectl/pkg/util/podutils`), and then by name. */
function byPreference(left: Pod, right: Pod): number {
  return (
    Number(hasCondition(right, 'Ready')) - Number(hasCondition(left, 'Ready')) ||
    compareTexts(readySince(left), readySince(right)) ||
    restarts(left) - restarts(right) ||
    compareTexts(left.metadata?.creationTimestamp, right.metadata?.creationTimestamp) ||
    compareTexts(left.metadata?.name, right.metadata?.name)
  );
}

/**
 * Compares two texts. A missing text comes last. Can also compare times, because times in RFC 3339 format and UTC have
 * the same order as their texts.
 */
function compareTexts(left: string | undefined, right: string | undefined): number {
  if (left === right) return 0;
  return right === undefined || (left !== undefined && left < right) ? -1 : 1;
}

/** Returns the time since when the pod is Ready. Undefined if the pod is not Ready. */
function readySince(pod: Pod): string | undefined {
  return hasCondition(pod, 'Ready') ? conditionOf(pod, 'Ready')?.lastTransitionTime : undefined;
}

/** Returns the condition of this type, such as `PodScheduled`. Undefined if the pod does not have it. */
export function conditionOf(pod: Pod, type: string) {
  return pod.status?.conditions?.find((condition) => condition.type === type);
}

/** Returns true if the pod has the condition, and its status is `True`. */
export function hasCondition(pod: Pod, type: string): boolean {
  return conditionOf(pod, type)?.status === 'True';
}

function restarts(pod: Pod): number {
  return Math.max(0, ...(pod.status?.containerStatuses ?? []).map(({ restartCount = 0 }) => restartCount));
}
