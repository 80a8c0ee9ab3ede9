import { deadline, raceAbort, systemClock } from '../../base/async.ts';
import { defined } from '../../base/defined.ts';
import { CodedError } from '../../base/errors.ts';
import { POD_RUNNING_TIMEOUT_MS } from '../../kinds/forwardTimes.ts';
import type { PortPair } from '../../kinds/ports.ts';
import { describeTarget, type ObjectTarget, type Target } from '../../kinds/target.ts';
import { KINDS, type KindInfo } from '../../kinds/targetKinds.ts';
import { isStatus } from '../../rest/statusError.ts';
import type { Cluster } from '../cluster/cluster.ts';
import {
  type Pod,
  type Resource,
  type ResourceTypes,
  resourceOf,
  type Service,
} from '../cluster/resources.ts';
import { podsOwnedBy } from './controllers.ts';
import { requireLabelSelector } from './labelSelector.ts';
import {
  chooseEndingPod,
  chooseReadyPod,
  chooseRunningPod,
  isCompleted,
  isEnding,
  isTerminating,
  podStatusText,
} from './podState.ts';
import type { PortRequest } from './portRequest.ts';
import {
  type ResolvedTarget,
  type ResolveOptions,
  TAKE_UNREADY_AFTER_MS,
  type WaitOptions,
} from './resolveOptions.ts';
import { completed, resolvedTo, resolvePod } from './resolvePod.ts';
import { checkServicePorts, resolvePodPorts, resolveServicePorts } from './resolvePorts.ts';
import { waitForPod } from './waitForPod.ts';

/**
 * How much longer than `podRunningTimeoutMs` {@link resolveTarget} may take, in milliseconds. This time is for the
 * requests before the wait for a pod, so that slow requests do not shorten the wait.
 */
const REQUESTS_MS = 2_000;

/**
 * Finds the pod to forward to and the numbers of its ports. Requests only the target and its pods, so that few
 * permissions are enough. With `ownedOnly`, also requests the ReplicaSets of the pods. If the target does not exist,
 * also requests the namespace, to report a missing namespace.
 * @throws CodedError `POD_NOT_FOUND`, `TARGET_NOT_FOUND`, `NAMESPACE_NOT_FOUND`, `POD_COMPLETED`, `POD_TERMINATING`,
 *   `POD_NOT_RUNNING`, `NO_READY_POD`, `SERVICE_WITHOUT_SELECTOR`, `SERVICE_IS_EXTERNAL`, `RESOURCE_TYPE_NOT_FOUND`,
 *   `PORT_NAME_NOT_FOUND`, `SERVICE_PORT_NOT_FOUND`, `UDP_NOT_SUPPORTED`, `DUPLICATE_LOCAL_PORT`, `TIMED_OUT` after
 *   `podRunningTimeoutMs` and two more seconds, and the errors of requests
 */
export async function resolveTarget(
  cluster: Cluster,
  target: Target,
  namespace: string,
  ports: readonly PortRequest[],
  options: ResolveOptions,
): Promise<ResolvedTarget> {
  const { podRunningTimeoutMs = POD_RUNNING_TIMEOUT_MS, clock = systemClock, signal } = options;
  const seconds = podRunningTimeoutMs / 1000;
  const timedOut = () => new CodedError('TIMED_OUT', { server: cluster.server, seconds });
  using limit = deadline(signal, podRunningTimeoutMs + REQUESTS_MS, timedOut, clock);
  const limited = { ...options, signal: limit.signal };
  return await raceAbort(findTarget(cluster, target, namespace, ports, limited), limit.signal);
}

const findTarget: typeof resolveTarget = async (cluster, target, namespace, ports, options) => {
  const afterMs = target.kind === 'pod' ? 0 : TAKE_UNREADY_AFTER_MS;
  const wait: WaitOptions = {
    ...options,
    podRunningTimeoutMs: options.podRunningTimeoutMs ?? POD_RUNNING_TIMEOUT_MS,
    readiness: options.readiness ?? { type: 'preferred', afterMs },
  };
  if (target.kind === 'pod') {
    const get = () => getObject(cluster, 'pods', target, namespace, options.signal);
    return await resolvePod(cluster, { name: target.name, namespace }, ports, get, wait);
  }
  const source = await podSource(cluster, target, namespace, ports, wait);
  const pod = await waitForTargetPod(cluster, target, namespace, { ...wait, ...source });
  return resolvedTo(pod, namespace, source.object, source.resolvePorts(pod));
};

/** How {@link resolveTarget} finds a pod and its ports for a target that is not itself a pod. */
interface PodSource {
  readonly labelSelector: string;
  /** The object that has the selector. Missing if the target is a label selector itself. */
  readonly object?: ResourceTypes[Resource];
  /**
   * How long to wait for a Ready pod, in milliseconds. After this time, a running pod that is not Ready is used.
   * Undefined if such a pod is never used.
   */
  readonly runningAfterMs: number | undefined;
  /**
   * Resolves the requested ports to port numbers of the pod.
   * @throws CodedError `PORT_NAME_NOT_FOUND`, `SERVICE_PORT_NOT_FOUND`, `UDP_NOT_SUPPORTED`, `DUPLICATE_LOCAL_PORT`
   */
  readonly resolvePorts: (pod: Pod) => readonly PortPair[];
  /**
   * True for a Job that has completed or failed. Such a Job creates no more pods. If {@link resolveTarget} finds only
   * pods that cannot be used any more, it therefore throws instead of waiting.
   */
  readonly isFinished: boolean;
}

async function podSource(
  cluster: Cluster,
  target: Target,
  namespace: string,
  ports: readonly PortRequest[],
  { readiness, signal }: WaitOptions,
): Promise<PodSource> {
  const resolvePorts = (pod: Pod) => resolvePodPorts(pod, ports);
  const runningAfterMs = readiness.type === 'preferred' ? readiness.afterMs : undefined;
  const common = { runningAfterMs, resolvePorts, isFinished: false };
  if (target.kind === 'selector') return { ...common, labelSelector: target.name };
  const object = await getObject(cluster, resourceOf(target.kind), target, namespace, signal);
  const labelSelector = requireLabelSelector(target, namespace, object);
  if (target.kind !== 'service') {
    const isFinished = target.kind === 'job' && isFinishedJob(object);
    return { ...common, labelSelector, object, isFinished };
  }
  const service = object as Service;
  checkServicePorts(service, ports);
  const isPublished = service.spec?.publishNotReadyAddresses === true && readiness.type !== 'strict';
  return {
    ...common,
    labelSelector,
    object,
    ...(isPublished && { runningAfterMs: 0 }),
    resolvePorts: (pod: Pod) => resolveServicePorts(service, pod, ports),
  };
}

async function getObject<R extends Resource>(
  cluster: Cluster,
  resource: R,
  target: ObjectTarget,
  namespace: string,
  signal: AbortSignal,
): Promise<ResourceTypes[R]> {
  try {
    return await cluster.get(resource, namespace, target.name, signal);
  } catch (error) {
    const { isCustom }: KindInfo = KINDS[target.kind];
    if (isStatus(error, 404) && isCustom === true && error.status.kind === undefined) {
      throw new CodedError('RESOURCE_TYPE_NOT_FOUND', { server: cluster.server, resource }, error);
    }
    if (!isStatus(error, 404, resource)) throw error;
    if (await isNamespaceMissing(cluster, namespace, signal)) {
      throw new CodedError('NAMESPACE_NOT_FOUND', { namespace }, error);
    }
    const { kind, name } = target;
    if (kind === 'pod') throw new CodedError('POD_NOT_FOUND', { name, namespace }, error);
    throw new CodedError('TARGET_NOT_FOUND', { kind, name, namespace }, error);
  }
}

/** Returns true if the namespace does not exist. Returns false if the user may not read namespaces. */
async function isNamespaceMissing(
  cluster: Cluster,
  namespace: string,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await cluster.get('namespaces', undefined, namespace, signal);
    return false;
  } catch (error) {
    signal.throwIfAborted();
    return isStatus(error, 404, 'namespaces');
  }
}

function waitForTargetPod(
  cluster: Cluster,
  target: Target,
  namespace: string,
  options: WaitOptions & PodSource,
): Promise<Pod> {
  const { podRunningTimeoutMs, labelSelector, object, runningAfterMs, onWaiting } = options;
  const what = describeTarget(target);
  const isOwnedOnly = options.ownedOnly === true && object !== undefined;
  const chooseReady = (pods: readonly Pod[]) => preferPorts(pods, options, chooseReadyPod);
  const chooseEnding = (pods: readonly Pod[]) =>
    options.takesTerminating === false ? undefined : preferPorts(pods, options, chooseEndingPod);
  const chooseRunning = (pods: readonly Pod[]) =>
    preferPorts(pods, options, chooseRunningPod) ?? chooseEnding(pods);
  return waitForPod(cluster, {
    scope: {
      type: 'selector',
      namespace,
      labelSelector,
      ...(isOwnedOnly && { owns: podsOwnedBy(cluster, namespace, object) }),
    },
    timeoutMs: podRunningTimeoutMs,
    signal: options.signal,
    ...defined({ clock: options.clock }),
    choose(pods) {
      const chosen = chooseReady(pods) ?? (runningAfterMs === 0 ? chooseRunning(pods) : undefined);
      if (chosen === undefined && options.isFinished) refuseUseless(pods, options);
      return chosen;
    },
    ...(runningAfterMs !== undefined && { fallback: { afterMs: runningAfterMs, choose: chooseRunning } }),
    onWaiting: (pods) => onWaiting?.(waitingForPods(what, pods)),
    onTimeout: () =>
      new CodedError('NO_READY_POD', { target: what, seconds: podRunningTimeoutMs / 1000, namespace }),
  });
}

/**
 * Throws if no pod of a finished Job can be used any more. The pods of a Job that has exceeded its
 * `activeDeadlineSeconds` still run for a while, although they are terminating. Does not throw if there are no pods.
 */
function refuseUseless(
  pods: readonly Pod[],
  { takesTerminating = true, runningAfterMs }: WaitOptions & PodSource,
): void {
  // A terminating pod is never Ready.
  const takesEnding = takesTerminating && runningAfterMs !== undefined;
  const isUseless = (pod: Pod) => isCompleted(pod) || (isTerminating(pod) && !(takesEnding && isEnding(pod)));
  const [pod] = [...pods.filter(isCompleted), ...pods];
  if (pod === undefined || !pods.every(isUseless)) return;
  throw isCompleted(pod) ? completed(pod) : new CodedError('POD_TERMINATING', { name: pod.metadata.name });
}

/**
 * Chooses a pod that has all requested ports. During an update, old and new pods of a workload can have different port
 * names. If `choose` accepts no pod with all ports, chooses from all pods.
 */
function preferPorts(
  pods: readonly Pod[],
  source: PodSource,
  choose: (pods: readonly Pod[]) => Pod | undefined,
): Pod | undefined {
  return choose(pods.filter((pod) => hasPorts(pod, source))) ?? choose(pods);
}

function hasPorts(pod: Pod, { resolvePorts }: PodSource): boolean {
  try {
    resolvePorts(pod);
    return true;
  } catch {
    return false;
  }
}

function isFinishedJob(object: ResourceTypes[Resource]): boolean {
  const conditions = (object as ResourceTypes['jobs']).status?.conditions ?? [];
  return conditions.some(
    ({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True',
  );
}

/** Returns the reason for waiting, with the number of pods in each state: `2 Pending, 1 Running`. */
function waitingForPods(target: string, pods: readonly Pod[]): CodedError {
  if (pods.length === 0) return new CodedError('WAITING_FOR_FIRST_POD', { target });
  const counts = new Map<string, number>();
  for (const pod of pods) counts.set(podStatusText(pod), (counts.get(podStatusText(pod)) ?? 0) + 1);
  const states = [...counts].map(([state, count]) => `${count} ${state}`);
  return new CodedError('WAITING_FOR_PODS', { target, pods: states.join(', ') });
}
