import { defined } from '../../base/defined.ts';
import { CodedError, isCoded } from '../../base/errors.ts';
import type { PodReference } from '../../kinds/forwardNotice.ts';
import type { PortPair } from '../../kinds/ports.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { Pod } from '../cluster/resources.ts';
import { keepsName } from './controllers.ts';
import { isCompleted, isEnding, isReady, isRunning, isTerminating, podStatusText } from './podState.ts';
import type { PortRequest } from './portRequest.ts';
import type { ResolvedTarget, WaitOptions } from './resolveOptions.ts';
import { resolvePodPorts } from './resolvePorts.ts';
import { waitForPod } from './waitForPod.ts';

/**
 * If the pod is terminating: how long to wait for a new pod of the same name, in milliseconds. After this time, the
 * terminating pod is used.
 */
const TAKE_ENDING_AFTER_MS = 2_000;

/**
 * Waits until the pod of this name can be used, and resolves the requested ports to port numbers of the pod. Called by
 * `resolveTarget` if the target is a pod.
 */
export async function resolvePod(
  cluster: Cluster,
  { namespace, name }: PodReference,
  ports: readonly PortRequest[],
  get: () => Promise<Pod>,
  options: WaitOptions,
): Promise<ResolvedTarget> {
  let pod: Pod;
  try {
    pod = await get();
  } catch (error) {
    const pairs = numericPairs(ports);
    // A role may allow forwarding to pods but not reading them. If all ports are numbers and the pod need not be Ready,
    // the forward needs nothing else from the pod, and continues without reading it. If the pod does not exist, the
    // forward fails later.
    const mayStayUnread = pairs !== undefined && options.readiness.type !== 'strict';
    if (!isCoded(error, 'FORBIDDEN') || !mayStayUnread) throw error;
    return { pod: { namespace, name }, isReady: true, isTerminating: false, ports: pairs };
  }
  // Checks port names before the wait for the pod. Otherwise, the error for a wrong name would come only after the
  // wait.
  resolvePodPorts(pod, ports);
  const found = isGoodEnough(pod, options) ? pod : await waitForNamedPod(cluster, pod, options);
  return resolvedTo(found, namespace, found, resolvePodPorts(found, ports));
}

/**
 * Creates the result for a pod that has been found.
 * @param object the object of the target; undefined for a label selector
 */
export function resolvedTo(
  pod: Pod,
  namespace: string,
  object: ResolvedTarget['object'],
  ports: readonly PortPair[],
): ResolvedTarget {
  const { metadata } = pod;
  return {
    pod: { namespace, name: metadata.name, ...defined({ uid: metadata.uid || undefined }) },
    ...defined({ object }),
    isReady: isReady(pod),
    isTerminating: isTerminating(pod),
    ports,
  };
}

function isGoodEnough(pod: Pod, { readiness, takesTerminating = true }: WaitOptions): boolean {
  if (isReady(pod)) return true;
  const isTaken = readiness.type === 'preferred' && readiness.afterMs === 0;
  // If a new pod will have the same name, as in a StatefulSet, a terminating pod is not good enough: the caller then
  // waits for the new pod.
  return isTaken && (isRunning(pod) || (takesTerminating && isEnding(pod) && !keepsName(pod)));
}

/**
 * Returns true if the pod is used when no better pod appears during the wait. With `takesTerminating`, this may be a
 * terminating pod. If the node of such a pod is lost, the pod can stay terminating forever, and no new pod replaces it.
 */
function mayFallBackOn(pod: Pod, { takesTerminating = true }: WaitOptions): boolean {
  return isRunning(pod) || (takesTerminating && isEnding(pod));
}

function waitForNamedPod(cluster: Cluster, first: Pod, options: WaitOptions): Promise<Pod> {
  const { podRunningTimeoutMs, readiness, signal, clock, onWaiting } = options;
  const { name, namespace = '' } = first.metadata;
  refuseEnded(first, options);
  return waitForPod(cluster, {
    scope: { type: 'name', namespace, name },
    timeoutMs: podRunningTimeoutMs,
    signal,
    ...defined({ clock }),
    choose([pod]) {
      if (pod === undefined) {
        if (keepsName(first)) return undefined;
        throw new CodedError('POD_NOT_FOUND', { name, namespace });
      }
      refuseEnded(pod, options);
      return isReady(pod) || (isRunning(pod) && isGoodEnough(pod, options)) ? pod : undefined;
    },
    ...(readiness.type === 'preferred' && {
      fallback: {
        afterMs: Math.max(readiness.afterMs, isRunning(first) ? 0 : TAKE_ENDING_AFTER_MS),
        choose: ([pod]: readonly Pod[]) => (pod && mayFallBackOn(pod, options) ? pod : undefined),
      },
    }),
    onWaiting: ([pod = first]) => onWaiting?.(waitingForPod(pod)),
    onTimeout: ([pod = first]) =>
      new CodedError('POD_NOT_RUNNING', {
        name,
        namespace,
        phase: statusText(pod),
        seconds: podRunningTimeoutMs / 1000,
      }),
  });
}

/**
 * Throws if the pod is terminating or has ended, because such a pod never becomes Ready. If `takesTerminating` is
 * true, does not throw for a pod that a new pod of the same name will replace: the wait then ends with the new pod. A
 * forward that reconnects passes false, because it watches for the new pod itself.
 */
function refuseEnded(pod: Pod, { takesTerminating = true }: WaitOptions): void {
  if (takesTerminating && keepsName(pod)) return;
  const { name } = pod.metadata;
  if (isTerminating(pod)) throw new CodedError('POD_TERMINATING', { name });
  if (isCompleted(pod)) throw completed(pod);
}

function waitingForPod(pod: Pod): CodedError {
  const { name } = pod.metadata;
  return isRunning(pod) && !isReady(pod)
    ? new CodedError('WAITING_FOR_READY_POD', { name })
    : new CodedError('WAITING_FOR_POD', { name, phase: podStatusText(pod) });
}

export function completed(pod: Pod): CodedError {
  const { metadata, status } = pod;
  return new CodedError('POD_COMPLETED', { name: metadata.name, phase: status?.phase ?? 'Unknown' });
}

function statusText(pod: Pod): string {
  return isRunning(pod) && !isReady(pod) ? 'not ready' : podStatusText(pod);
}

function numericPairs(ports: readonly PortRequest[]): PortPair[] | undefined {
  const pairs: PortPair[] = [];
  for (const { local, remote } of ports) {
    if (typeof remote === 'string') return undefined;
    pairs.push({ local: local === 'same' ? remote : local, remote });
  }
  return pairs;
}
