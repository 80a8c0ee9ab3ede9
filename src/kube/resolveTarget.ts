import { type Clock, onAbort, raceAbort, systemClock } from '../base/async.ts';
import { DisposableStore } from '../base/disposable.ts';
import { CodedError, isCoded } from '../base/errors.ts';
import { describeTarget, type ObjectTarget, type Target } from '../kinds/target.ts';
import { isStatus } from '../rest/statusError.ts';
import type { Cluster } from './cluster.ts';
import { requireLabelSelector } from './labelSelector.ts';
import { chooseReadyPod, isCompleted, isRunning, podStatusText } from './podState.ts';
import type { PortPair, PortRequest } from './portRequest.ts';
import { checkServicePorts, resolvePodPorts, resolveServicePorts } from './resolvePorts.ts';
import { type Pod, type Resource, type ResourceTypes, resourceOf, type Service } from './resources.ts';
import { waitForPod } from './waitForPod.ts';

/** `kubectl`'s default for `--pod-running-timeout`. */
export const POD_RUNNING_TIMEOUT_MS = 60_000;
/** What the requests before the wait for a pod may take beside it: a server that answers none of them is not waited for longer. */
const REQUESTS_MS = 2_000;

export interface ResolveOptions {
  /** How long to wait for a pod to run, or to be ready where a selector chooses it; a minute where missing. */
  readonly podRunningTimeoutMs?: number;
  readonly signal: AbortSignal;
  readonly clock?: Clock;
  /** Called once where there is something to wait for, with what keeps it: `pod "web" is Pending`. */
  readonly onWaiting?: (reason: string) => void;
}

/** The pod and the port numbers that a forward goes to now. */
export interface ResolvedTarget {
  readonly pod: {
    readonly namespace: string;
    readonly name: string;
    /** Missing where this user may forward to pods but not look at them. */
    readonly uid?: string;
  };
  readonly ports: readonly PortPair[];
}

/**
 * Finds the pod to forward to and the numbers of its ports. Asks for nothing but the target itself, its pods, and, only
 * to tell a missing namespace from a missing target, the namespace.
 * @throws CodedError `POD_NOT_FOUND`, `TARGET_NOT_FOUND`, `NAMESPACE_NOT_FOUND`, `POD_COMPLETED`, `POD_NOT_RUNNING`,
 *   `NO_READY_POD`, `SERVICE_WITHOUT_SELECTOR`, `SERVICE_IS_EXTERNAL`, `RESOURCE_TYPE_NOT_FOUND`, `PORT_NAME_NOT_FOUND`, `SERVICE_PORT_NOT_FOUND`, `UDP_NOT_SUPPORTED`,
 *   `DUPLICATE_LOCAL_PORT`, `TIMED_OUT` where the server does not answer within the time for the pod, and what requests throw
 */
export async function resolveTarget(
  cluster: Cluster,
  target: Target,
  namespace: string,
  ports: readonly PortRequest[],
  options: ResolveOptions,
): Promise<ResolvedTarget> {
  const { podRunningTimeoutMs = POD_RUNNING_TIMEOUT_MS, clock = systemClock, signal } = options;
  const limit = new AbortController();
  const owned = new DisposableStore();
  owned.add(onAbort(signal, () => limit.abort(signal.reason)));
  const seconds = podRunningTimeoutMs / 1000;
  const timedOut = () => limit.abort(new CodedError('TIMED_OUT', { server: cluster.server, seconds }));
  owned.add(clock.setTimer(podRunningTimeoutMs + REQUESTS_MS, timedOut));
  try {
    const limited = { ...options, signal: limit.signal };
    return await raceAbort(findTarget(cluster, target, namespace, ports, limited), limit.signal);
  } finally {
    owned.dispose();
  }
}

async function findTarget(
  cluster: Cluster,
  target: Target,
  namespace: string,
  ports: readonly PortRequest[],
  options: ResolveOptions,
): Promise<ResolvedTarget> {
  if (target.kind === 'pod') return await resolvePod(cluster, target, namespace, ports, options);
  const source = await podSource(cluster, target, namespace, ports, options.signal);
  const pod = await waitForReadyPod(cluster, target, namespace, { ...options, ...source });
  return { pod: identify(pod, namespace), ports: source.resolvePorts(pod) };
}

/** Where the pod of a target comes from. */
interface PodSource {
  readonly labelSelector: string;
  /** @throws CodedError `PORT_NAME_NOT_FOUND`, `SERVICE_PORT_NOT_FOUND`, `UDP_NOT_SUPPORTED`, `DUPLICATE_LOCAL_PORT` */
  readonly resolvePorts: (pod: Pod) => readonly PortPair[];
  /** Whether no pod will run any more. */
  readonly isFinished: boolean;
}

async function podSource(
  cluster: Cluster,
  target: Target,
  namespace: string,
  ports: readonly PortRequest[],
  signal: AbortSignal,
): Promise<PodSource> {
  const resolvePorts = (pod: Pod) => resolvePodPorts(pod, ports);
  if (target.kind === 'selector') return { labelSelector: target.name, resolvePorts, isFinished: false };
  const object = await getObject(cluster, resourceOf(target.kind), target, namespace, signal);
  const labelSelector = requireLabelSelector(target, namespace, object);
  if (target.kind !== 'service') {
    return { labelSelector, resolvePorts, isFinished: target.kind === 'job' && isFinishedJob(object) };
  }
  const service = object as Service;
  checkServicePorts(service, ports);
  const resolveBehindService = (pod: Pod) => resolveServicePorts(service, pod, ports);
  return { labelSelector, resolvePorts: resolveBehindService, isFinished: false };
}

async function resolvePod(
  cluster: Cluster,
  target: ObjectTarget,
  namespace: string,
  ports: readonly PortRequest[],
  options: ResolveOptions,
): Promise<ResolvedTarget> {
  const { name } = target;
  let pod: Pod;
  try {
    pod = await getObject(cluster, 'pods', target, namespace, options.signal);
  } catch (error) {
    const pairs = numericPairs(ports);
    // A role may allow forwarding alone. Numbers need no look at the pod, and the forward will tell if there is none.
    if (isCoded(error, 'FORBIDDEN') && pairs !== undefined) return { pod: { namespace, name }, ports: pairs };
    throw error;
  }
  // A wrong port name is told at once, not after the wait.
  const pairs = resolvePodPorts(pod, ports);
  if (isCompleted(pod)) throw completed(pod);
  if (isRunning(pod)) return { pod: identify(pod, namespace), ports: pairs };
  const running = await waitForRunningPod(cluster, name, namespace, pod, options);
  return { pod: identify(running, namespace), ports: resolvePodPorts(running, ports) };
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
    if (isStatus(error, 404) && resource === 'rollouts' && error.status.kind === undefined) {
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

/** False too where this user may not see namespaces. */
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

function waitForReadyPod(
  cluster: Cluster,
  target: Target,
  namespace: string,
  options: ResolveOptions & PodSource,
): Promise<Pod> {
  const { podRunningTimeoutMs = POD_RUNNING_TIMEOUT_MS, labelSelector, onWaiting } = options;
  const what = describeTarget(target);
  return waitForPod(cluster, {
    query: { namespace, labelSelector },
    timeoutMs: podRunningTimeoutMs,
    signal: options.signal,
    ...(options.clock && { clock: options.clock }),
    choose(pods) {
      // Two versions of a workload can differ in the ports that they name: a pod that has them all goes first.
      const ready = chooseReadyPod(pods.filter((pod) => hasPorts(pod, options))) ?? chooseReadyPod(pods);
      const [ended] = pods;
      if (ready === undefined && ended !== undefined && options.isFinished) throw completed(ended);
      return ready;
    },
    onWaiting: (pods) => onWaiting?.(`${what} has no ready pod (${summarize(pods)})`),
    onTimeout: () =>
      new CodedError('NO_READY_POD', { target: what, seconds: podRunningTimeoutMs / 1000, namespace }),
  });
}

function waitForRunningPod(
  cluster: Cluster,
  name: string,
  namespace: string,
  first: Pod,
  options: ResolveOptions,
): Promise<Pod> {
  const { podRunningTimeoutMs = POD_RUNNING_TIMEOUT_MS, onWaiting } = options;
  return waitForPod(cluster, {
    query: { namespace, fieldSelector: `metadata.name=${name}` },
    timeoutMs: podRunningTimeoutMs,
    signal: options.signal,
    ...(options.clock && { clock: options.clock }),
    choose([pod]) {
      // A stateful set makes its pod again under the same name; any other one that is gone will not come back.
      if (pod === undefined && !isOwnedByStatefulSet(first)) {
        throw new CodedError('POD_NOT_FOUND', { name, namespace });
      }
      if (pod !== undefined && isCompleted(pod) && !isOwnedByStatefulSet(pod)) throw completed(pod);
      return pod !== undefined && isRunning(pod) ? pod : undefined;
    },
    onWaiting: ([pod = first]) => onWaiting?.(`pod "${name}" is ${podStatusText(pod)}`),
    onTimeout: ([pod = first]) =>
      new CodedError('POD_NOT_RUNNING', {
        name,
        namespace,
        phase: podStatusText(pod),
        seconds: podRunningTimeoutMs / 1000,
      }),
  });
}

function isOwnedByStatefulSet(pod: Pod): boolean {
  return pod.metadata?.ownerReferences?.some(({ kind }) => kind === 'StatefulSet') ?? false;
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

function completed(pod: Pod): CodedError {
  return new CodedError('POD_COMPLETED', {
    name: pod.metadata?.name ?? '',
    phase: pod.status?.phase ?? 'Unknown',
  });
}

/** `2 pods: Pending, Terminating`. */
function summarize(pods: readonly Pod[]): string {
  if (pods.length === 0) return 'no pods';
  const texts = new Set(pods.map((pod) => (isRunning(pod) ? 'not ready' : podStatusText(pod))));
  return `${pods.length} ${pods.length === 1 ? 'pod' : 'pods'}: ${[...texts].join(', ')}`;
}

function numericPairs(ports: readonly PortRequest[]): PortPair[] | undefined {
  const pairs: PortPair[] = [];
  for (const { local, remote } of ports) {
    if (typeof remote === 'string') return undefined;
    pairs.push({ local: local === 'same' ? remote : local, remote });
  }
  return pairs;
}

function identify(pod: Pod, namespace: string): ResolvedTarget['pod'] {
  const { name = '', uid } = pod.metadata ?? {};
  return { namespace: pod.metadata?.namespace ?? namespace, name, ...(uid && { uid }) };
}
