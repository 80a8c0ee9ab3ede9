import { defined } from '../../base/defined.ts';
import { timestamp } from '../duration.ts';
import { createMetadata, type MetadataOptions, stableId } from './metadata.ts';
import type { Condition, Container, ContainerStatus, Pod, PodSpec, PodStatus } from './types.ts';

/** The only node of the cluster. */
export const NODE_NAME = 'node1';
export const NODE_IP = '10.88.0.1';

/**
 * Creates a pod in its first state, pending. Each of the functions below returns the pod in a later state. The states
 * are like those that were recorded on a real cluster while a pod was deleted and replaced.
 */
export function pendingPod(metadata: MetadataOptions, spec: PodSpec): Pod {
  return {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: createMetadata(metadata),
    spec,
    status: { phase: 'Pending', qosClass: 'BestEffort' },
  };
}

export function scheduled(pod: Pod): Pod {
  return {
    ...pod,
    spec: { ...pod.spec, nodeName: NODE_NAME },
    status: { ...pod.status, conditions: [condition('PodScheduled', true, timestamp())] },
  };
}

/**
 * Returns the pod in the state unschedulable: no node can run the pod, for example because it requests too much memory.
 */
export function unschedulable(pod: Pod, message: string): Pod {
  const blocked: Condition = {
    ...condition('PodScheduled', false, timestamp()),
    reason: 'Unschedulable',
    message,
  };
  return { ...pod, status: { ...pod.status, conditions: [blocked] } };
}

export function creatingContainers(pod: Pod): Pod {
  const now = timestamp();
  return withStatus(pod, {
    phase: 'Pending',
    conditions: conditions(pod, now, { isSandboxReady: false, isReady: false, reason: 'ContainersNotReady' }),
    hostIP: NODE_IP,
    hostIPs: [{ ip: NODE_IP }],
    startTime: now,
    containerStatuses: pod.spec.containers.map((container) => ({
      ...containerStatus(pod, container, 0),
      state: { waiting: { reason: 'ContainerCreating' } },
      imageID: '',
    })),
    qosClass: 'BestEffort',
  });
}

export function running(pod: Pod, podIP: string, startedAt = timestamp()): Pod {
  return withStatus(pod, {
    phase: 'Running',
    conditions: conditions(pod, startedAt, { isSandboxReady: true, isReady: true }),
    hostIP: NODE_IP,
    hostIPs: [{ ip: NODE_IP }],
    podIP,
    podIPs: [{ ip: podIP }],
    startTime: pod.status.startTime ?? startedAt,
    containerStatuses: pod.spec.containers.map((container, index) => {
      const previous = pod.status.containerStatuses?.[index];
      const restartCount = previous?.restartCount ?? 0;
      return {
        ...containerStatus(pod, container, restartCount),
        state: { running: { startedAt } },
        lastState: previous?.lastState ?? {},
        ready: true,
        started: true,
        containerID: containerId(pod, container, restartCount),
      };
    }),
    qosClass: 'BestEffort',
  });
}

/** Returns a running pod in the state Ready or not Ready, as if its readiness probe had succeeded or failed. */
export function withReadiness(pod: Pod, isReady: boolean): Pod {
  const statuses = pod.status.containerStatuses?.map((status) => ({ ...status, ready: isReady }));
  return withStatus(pod, {
    ...pod.status,
    conditions: conditions(pod, timestamp(), {
      isSandboxReady: true,
      isReady,
      ...(isReady ? {} : { reason: 'ContainersNotReady' }),
    }),
    ...defined({ containerStatuses: statuses }),
  });
}

/** Returns the pod after its containers ended with this exit code and were restarted. */
export function restarted(pod: Pod, exitCode: number, reason: string): Pod {
  const statuses = pod.spec.containers.map((container, index) => {
    const before = pod.status.containerStatuses?.[index] ?? containerStatus(pod, container, 0);
    return {
      ...before,
      restartCount: before.restartCount + 1,
      lastState: { terminated: terminatedState(pod, container, before, exitCode, reason) },
    };
  });
  return running(withStatus(pod, { ...pod.status, containerStatuses: statuses }), pod.status.podIP ?? '');
}

/**
 * Returns the pod in `CrashLoopBackOff`: its containers have ended `restartCount` times, and wait for the next start.
 */
export function crashLooping(pod: Pod, podIP: string, restartCount: number): Pod {
  const up = running(pod, podIP);
  const statuses = pod.spec.containers.map((container) => {
    const status = containerStatus(pod, container, restartCount);
    return {
      ...status,
      state: {
        waiting: {
          reason: 'CrashLoopBackOff',
          message: `back-off 5m0s restarting failed container=${container.name} pod=${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})`,
        },
      },
      lastState: { terminated: terminatedState(pod, container, status, 1, 'Error') },
    };
  });
  return withReadiness(withStatus(up, { ...up.status, containerStatuses: statuses }), false);
}

export function terminating(pod: Pod, gracePeriodSeconds: number): Pod {
  const deletionTimestamp = timestamp(new Date(Date.now() + gracePeriodSeconds * 1000));
  return {
    ...pod,
    metadata: { ...pod.metadata, deletionTimestamp, deletionGracePeriodSeconds: gracePeriodSeconds },
  };
}

/** Returns the pod after all of its containers ended, with success or failure. */
export function ended(pod: Pod, phase: 'Succeeded' | 'Failed'): Pod {
  const now = timestamp();
  const [exitCode, reason] = phase === 'Succeeded' ? [0, 'Completed'] : [1, 'Error'];
  return withStatus(pod, {
    ...pod.status,
    phase,
    conditions: conditions(pod, now, {
      isSandboxReady: false,
      isReady: false,
      reason: phase === 'Succeeded' ? 'PodCompleted' : 'PodFailed',
    }),
    containerStatuses: pod.spec.containers.map((container, index) => {
      const before = pod.status.containerStatuses?.[index] ?? containerStatus(pod, container, 0);
      return {
        ...before,
        state: { terminated: terminatedState(pod, container, before, exitCode, reason) },
        ready: false,
        started: false,
      };
    }),
  });
}

export function hasReadyCondition(pod: Pod): boolean {
  return hasTrueCondition(pod, 'Ready');
}

export function isEnded(pod: Pod): boolean {
  return pod.status.phase === 'Succeeded' || pod.status.phase === 'Failed';
}

/** Returns the ID of a pod's sandbox, which error messages of the container runtime contain. */
export function sandboxId(pod: Pod): string {
  return stableId('sandbox', pod.metadata.uid);
}

function hasTrueCondition(pod: Pod, type: string): boolean {
  return pod.status.conditions?.some((each) => each.type === type && each.status === 'True') ?? false;
}

function withStatus(pod: Pod, status: PodStatus): Pod {
  return { ...pod, status };
}

function condition(type: string, isTrue: boolean, at: string): Condition {
  return { type, status: isTrue ? 'True' : 'False', lastProbeTime: null, lastTransitionTime: at };
}

interface Readiness {
  readonly isSandboxReady: boolean;
  readonly isReady: boolean;
  readonly reason?: string;
}

/**
 * Returns the conditions of a pod. If the status of a condition is unchanged, the condition keeps its previous time.
 */
function conditions(pod: Pod, now: string, state: Readiness): readonly Condition[] {
  const keep = (next: Condition): Condition => {
    const before = pod.status.conditions?.find(({ type }) => type === next.type);
    return before?.status === next.status ? { ...next, lastTransitionTime: before.lastTransitionTime } : next;
  };
  const names = pod.spec.containers.map(({ name }) => name).join(' ');
  const unready: Partial<Condition> =
    state.reason === undefined
      ? {}
      : {
          reason: state.reason,
          ...(state.reason === 'ContainersNotReady'
            ? { message: `containers with unready status: [${names}]` }
            : {}),
        };
  return [
    condition('PodReadyToStartContainers', state.isSandboxReady, now),
    condition('Initialized', true, now),
    { ...condition('Ready', state.isReady, now), ...unready },
    { ...condition('ContainersReady', state.isReady, now), ...unready },
    condition('PodScheduled', true, now),
  ].map(keep);
}

function containerStatus(pod: Pod, container: Container, restartCount: number): ContainerStatus {
  return {
    name: container.name,
    state: {},
    lastState: {},
    ready: false,
    restartCount,
    image: container.image,
    imageID: `sha256:${stableId('image', container.image)}`,
    ...(restartCount > 0 ? { containerID: containerId(pod, container, restartCount) } : {}),
    started: false,
  };
}

function containerId(pod: Pod, container: Container, restartCount: number): string {
  return `containerd://${stableId('container', pod.metadata.uid, container.name, String(restartCount))}`;
}

function terminatedState(
  pod: Pod,
  container: Container,
  status: ContainerStatus,
  exitCode: number,
  reason: string,
): NonNullable<ContainerStatus['state']['terminated']> {
  const now = timestamp();
  return {
    exitCode,
    reason,
    startedAt: status.state.running?.startedAt ?? now,
    finishedAt: now,
    containerID: status.containerID ?? containerId(pod, container, status.restartCount),
  };
}
