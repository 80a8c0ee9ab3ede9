import type { Pod } from '../kube/cluster/resources.ts';
import { conditionOf, hasCondition, sidecars } from '../kube/target/podState.ts';
import type { PodRow } from '../rpc/clustersContract.ts';

type ContainerStatus = NonNullable<NonNullable<Pod['status']>['containerStatuses']>[number];

// The rules of this file are those of `printPod` in Kubernetes' `pkg/printers/internalversion/printers.go`.

/**
 * Returns the STATUS that kubectl shows for a pod: the `reason` of an init container or of a container. If there is
 * none, returns `SchedulingGated`, or the `reason` or phase of the pod. If an init container and a container both have
 * a `reason`, returns that of the init container until the pod is initialized, and that of the container later. While a
 * pod is being deleted, the STATUS is usually `Terminating`.
 */
export function podStatus(pod: Pod): string {
  const status = pod.status ?? {};
  const phase = status.phase ?? 'Unknown';
  const reasons = [initStatus(pod), containersStatus(status.containerStatuses ?? [])];
  if (hasCondition(pod, 'Initialized')) reasons.reverse();
  const scheduling = conditionOf(pod, 'PodScheduled')?.reason;
  const gated = scheduling === 'SchedulingGated' ? scheduling : undefined;
  const reason = reasons[0] ?? reasons[1] ?? gated ?? status.reason ?? phase;
  if (pod.metadata?.deletionTimestamp === undefined) return withRunning(pod, reason);
  if (status.reason === 'NodeLost') return 'Unknown';
  return phase === 'Succeeded' || phase === 'Failed' ? reason : 'Terminating';
}

/**
 * Returns the numbers of kubectl's columns READY and RESTARTS. Both count sidecars like containers. Until the pod is
 * initialized, RESTARTS counts the restarts of its init containers instead. Ignores the init containers after the first
 * one that has not succeeded and does not run as a sidecar.
 */
export function podCounts(pod: Pod): Pick<PodRow, 'readyContainers' | 'restarts'> {
  const { initContainerStatuses: statuses = [], containerStatuses = [] } = pod.status ?? {};
  const names = sidecarNames(pod);
  const pending = pendingIndex(pod, names);
  const reached = pending === -1 ? statuses : statuses.slice(0, pending + 1);
  const lasting = [...reached.filter(({ name }) => names.has(name)), ...containerStatuses];
  const counted = pending === -1 || hasCondition(pod, 'Initialized') ? lasting : reached;
  return {
    readyContainers: lasting.filter(({ ready }) => ready).length,
    restarts: counted.reduce((sum, { restartCount = 0 }) => sum + restartCount, 0),
  };
}

function sidecarNames({ spec }: Pod): ReadonlySet<string> {
  return new Set(sidecars(spec).map(({ name }) => name));
}

/** Returns the index of the first init container that has not succeeded and does not run as a sidecar; -1 if none. */
function pendingIndex(pod: Pod, names: ReadonlySet<string>): number {
  return (pod.status?.initContainerStatuses ?? []).findIndex(
    ({ name, state, started }) => state?.terminated?.exitCode !== 0 && !(names.has(name) && started === true),
  );
}

function initStatus(pod: Pod): string | undefined {
  const statuses = pod.status?.initContainerStatuses ?? [];
  const index = pendingIndex(pod, sidecarNames(pod));
  const pending = statuses[index];
  if (pending === undefined) return undefined;
  const { waiting, terminated } = pending.state ?? {};
  if (terminated !== undefined) return `Init:${terminatedText(terminated)}`;
  if (waiting?.reason !== undefined && waiting.reason !== 'PodInitializing') return `Init:${waiting.reason}`;
  return `Init:${index}/${pod.spec?.initContainers?.length ?? statuses.length}`;
}

/**
 * Returns the `reason` of the first container that was terminated, or that is waiting and has a `reason`. Returns
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
  return hasCondition(pod, 'Ready') ? 'Running' : 'NotReady';
}
