import type { Pod } from '../kube/cluster/resources.ts';
import { isCompleted, isReady, isTerminating } from '../kube/target/podState.ts';
import type { PodState } from './ports.ts';

/** Returns the facts about a pod that a session needs. */
export function toPodState(pod: Pod): PodState {
  const statuses = pod.status?.containerStatuses ?? [];
  return {
    uid: pod.metadata.uid ?? '',
    name: pod.metadata.name,
    isReady: isReady(pod),
    isTerminating: isTerminating(pod),
    isCompleted: isCompleted(pod),
    restarts: statuses.reduce((sum, { restartCount = 0 }) => sum + restartCount, 0),
  };
}
