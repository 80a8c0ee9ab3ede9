import type { Pod } from '../kube/cluster/resources.ts';

type ContainerStatus = NonNullable<NonNullable<Pod['status']>['containerStatuses']>[number];

/**
 * Returns the STATUS that kubectl shows for a pod: the `reason` of the first init container or container that has one,
 * otherwise the `reason` or phase of the pod. Once the pod is initialized, a container comes before a sidecar that
 * restarts. While a pod is being deleted, the STATUS is usually `Terminating`. The rules are those of `printPod` in
 * Kubernetes' `pkg/printers/internalversion/printers.go`.
 */
export function podStatus(pod: Pod): string {
  const status = pod.status ?? {};
  const phase = status.phase ?? 'Unknown';
  const reasons = [initStatus(pod), containersStatus(status.containerStatuses ?? [])];
  if (isTrue(pod, 'Initialized')) reasons.reverse();
  const reason = reasons[0] ?? reasons[1] ?? status.reason ?? phase;
  if (pod.metadata?.deletionTimestamp === undefined) return withRunning(pod, reason);
  if (status.reason === 'NodeLost') return 'Unknown';
  return phase === 'Succeeded' || phase === 'Failed' ? reason : 'Terminating';
}

function initStatus(pod: Pod): string | undefined {
  const statuses = pod.status?.initContainerStatuses ?? [];
  const sidecars = new Set(
    (pod.spec?.initContainers ?? [])
      .filter(({ restartPolicy }) => restartPolicy === 'Always')
      .map(({ name }) => name),
  );
  for (const [index, { name, state, started }] of statuses.entries()) {
    if (state?.terminated?.exitCode === 0) continue;
    if (sidecars.has(name) && started === true) continue;
    if (state?.terminated !== undefined) return `Init:${terminatedText(state.terminated)}`;
    const waiting = state?.waiting?.reason;
    if (waiting !== undefined && waiting !== 'PodInitializing') return `Init:${waiting}`;
    return `Init:${index}/${pod.spec?.initContainers?.length ?? statuses.length}`;
  }
  return undefined;
}

/**
 * Returns the `reason` of the first container that was terminated, or that is waiting for a stated reason. Returns
 * undefined if there is no such container.
 */
function containersStatus(statuses: readonly ContainerStatus[]): string | undefined {
  for (const { state } of statuses) {
    const waiting = state?.waiting?.reason;
    if (waiting !== undefined && waiting !== '') return waiting;
    if (state?.terminated !== undefined) return terminatedText(state.terminated);
  }
  return undefined;
}

function terminatedText({
  reason,
  signal,
  exitCode,
}: NonNullable<NonNullable<ContainerStatus['state']>['terminated']>): string {
  if (reason !== undefined && reason !== '') return reason;
  return signal !== undefined && signal !== 0 ? `Signal:${signal}` : `ExitCode:${exitCode}`;
}

/**
 * Corrects the `reason` `Completed`, which is found even if only one of several containers has completed. If another
 * container runs and is ready, returns `Running` or `NotReady` instead. Returns any other `reason` unchanged.
 */
function withRunning(pod: Pod, reason: string): string {
  const statuses = pod.status?.containerStatuses ?? [];
  const isOneRunning = statuses.some(({ ready, state }) => ready && state?.running !== undefined);
  if (reason !== 'Completed' || !isOneRunning) return reason;
  return isTrue(pod, 'Ready') ? 'Running' : 'NotReady';
}

function isTrue(pod: Pod, condition: string): boolean {
  return pod.status?.conditions?.some(({ type, status }) => type === condition && status === 'True') ?? false;
}
