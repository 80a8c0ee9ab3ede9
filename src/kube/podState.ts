import type { Pod } from './resources.ts';

/** Whether the pod takes traffic: it runs, passes its readiness probes and is not about to end. */
export function isReady(pod: Pod): boolean {
  return isRunning(pod) && readyCondition(pod)?.status === 'True';
}

/** Whether its containers run and will go on running. */
export function isRunning(pod: Pod): boolean {
  return pod.status?.phase === 'Running' && !isTerminating(pod);
}

export function isTerminating(pod: Pod): boolean {
  return pod.metadata?.deletionTimestamp !== undefined;
}

/** Whether it has run to its end and will not run again. */
export function isCompleted(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

/** What keeps the pod, in a word, as kubectl's STATUS column has it: `Pending`, `ImagePullBackOff`, `Terminating`. */
export function podStatusText(pod: Pod): string {
  if (isTerminating(pod)) return 'Terminating';
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  const waiting = statuses.map(({ state }) => state?.waiting?.reason).find((reason) => reason !== undefined);
  return waiting ?? pod.status?.phase ?? 'Unknown';
}

/**
 * The pod to forward to out of those that a selector matches: ready ones only, in kubectl's order, which is stable while
 * pods come and go: ready for longest, fewest restarts, oldest.
 */
export function chooseReadyPod(pods: Iterable<Pod>): Pod | undefined {
  return [...pods].filter(isReady).sort(byPreference)[0];
}

/** The pod to forward to where none is ready: one that runs, in the same order. */
export function chooseRunningPod(pods: Iterable<Pod>): Pod | undefined {
  return [...pods].filter(isRunning).sort(byPreference)[0];
}

/** The pod to forward to where all that run are about to end: one that still runs, as kubectl takes it. */
export function chooseEndingPod(pods: Iterable<Pod>): Pod | undefined {
  return [...pods].filter(isEnding).sort(byPreference)[0];
}

/** Whether its containers run, but not for much longer. */
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

/** RFC 3339 times in UTC sort as texts. */
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
