import type { Pod } from '../cluster/resources.ts';

/** Returns true if the pod accepts traffic: it runs, passes its readiness probes and is not about to end. */
export function isReady(pod: Pod): boolean {
  return isRunning(pod) && readyCondition(pod)?.status === 'True';
}

/** Returns true if the containers run and are not about to end. */
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

/** The state of the pod in one word, as in kubectl's STATUS column: `Pending`, `ImagePullBackOff`, `Terminating`. */
export function podStatusText(pod: Pod): string {
  if (isTerminating(pod)) return 'Terminating';
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  const waiting = statuses.map(({ state }) => state?.waiting?.reason).find((reason) => reason !== undefined);
  return waiting ?? pod.status?.phase ?? 'Unknown';
}

/**
 * Chooses a Ready pod to forward to, in kubectl's order, which is stable while pods come and go: Ready for longest,
 * fewest restarts, oldest.
 */
export function chooseReadyPod(pods: Iterable<Pod>): Pod | undefined {
  return [...pods].filter(isReady).sort(byPreference)[0];
}

/** Chooses a running pod in the same order, for when no pod is Ready. */
export function chooseRunningPod(pods: Iterable<Pod>): Pod | undefined {
  return [...pods].filter(isRunning).sort(byPreference)[0];
}

/** Chooses a terminating pod that still runs, as kubectl does, for when there is no other. */
export function chooseEndingPod(pods: Iterable<Pod>): Pod | undefined {
  return [...pods].filter(isEnding).sort(byPreference)[0];
}

/** Returns true if the containers run but the pod is terminating. */
export function isEnding(pod: Pod): boolean {
  return isTerminating(pod) && pod.status?.phase === 'Running';
}

function byPreference(left: Pod, right: Pod): number {
  return (
    compareTimes(readySince(left), readySince(right)) ||
    restarts(left) - restarts(right) ||
    compareTimes(left.metadata?.creationTimestamp, right.metadata?.creationTimestamp) ||
    compareTimes(left.metadata?.name, right.metadata?.name)
  );
}

/** Compares RFC 3339 times in UTC, which sort as texts. */
function compareTimes(left = '', right = ''): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function readySince(pod: Pod): string | undefined {
  return readyCondition(pod)?.lastTransitionTime;
}

function readyCondition(pod: Pod) {
  return pod.status?.conditions?.find(({ type }) => type === 'Ready');
}

function restarts(pod: Pod): number {
  return Math.max(0, ...(pod.status?.containerStatuses ?? []).map(({ restartCount = 0 }) => restartCount));
}
