import { type Clock, delay, systemClock } from '../base/async.ts';
import { type Backoff, exponentialBackoff } from '../base/backoff.ts';
import { type Disposable, toDisposable } from '../base/disposable.ts';
import { CodedError, isCoded } from '../base/errors.ts';
import { MESSAGE_LIMIT, shorten } from '../base/text.ts';
import type { ObjectTarget, Target } from '../kinds/target.ts';
import type { Cluster, ListQuery } from '../kube/cluster.ts';
import { listAndWatch } from '../kube/listAndWatch.ts';
import { isReady, isRunning, podStatusText } from '../kube/podState.ts';
import { resolveTarget } from '../kube/resolveTarget.ts';
import type { Pod } from '../kube/resources.ts';
import { waitForPod } from '../kube/waitForPod.ts';
import type { PodReference } from '../portforward/transport/transport.ts';
import { redact } from '../rest/redaction.ts';
import type { RestConfig } from '../rest/restConfig.ts';
import { isStatus } from '../rest/statusError.ts';
import { PodSet, toPodState } from './podSet.ts';
import type { PodState, ResolvedTarget, ResolveOptions, SessionTarget } from './ports.ts';
import { controllerOf, podsQuery } from './targetPods.ts';

/** A cluster, and how to reach it. */
export interface ClusterAccess {
  readonly restConfig: RestConfig;
  /** Belongs to whoever gives it. */
  readonly cluster: Cluster;
}

export interface KubeTargetOptions {
  /** Asked at each attempt: a kubeconfig may have changed. @throws CodedError what loading one throws */
  readonly access: (signal: AbortSignal) => Promise<ClusterAccess>;
  readonly target: Target;
  readonly namespace: string;
  /** Numbers or names, as the target declares them. */
  readonly remotePorts: readonly (number | string)[];
  /** Whether a pod that is gone for good is followed by the next one of its owner's. */
  readonly followsOwner: boolean;
  /** There is something to wait for, with what keeps it. */
  readonly onWaiting?: (reason: string) => void;
  readonly clock?: Clock;
}

/** How soon a watch that failed is begun again, milliseconds. */
const WATCH_RETRY = { firstMs: 500, maxMs: 30_000, random: Math.random };

/** A session's target in a real cluster. */
export class KubeTarget implements SessionTarget {
  readonly #options: KubeTargetOptions;
  readonly #clock: Clock;
  readonly #pods = new PodSet();
  /** What is resolved: what was asked for, or the owner of the pod that was. */
  #target: Target;
  /** The pod's controller, once a watch has shown it. */
  #owner: ObjectTarget | undefined;
  #watching: AbortController | undefined;
  #listener: ((pods: readonly PodState[]) => void) | undefined;

  constructor(options: KubeTargetOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#target = options.target;
  }

  async resolve(options: ResolveOptions): Promise<ResolvedTarget> {
    const access = await this.#options.access(options.signal);
    // A person may take longer to sign in than a server may take to answer.
    await access.restConfig.credentials.get(options.signal);
    if (this.#isAboutToEnd()) await this.#moveToOwner(access.cluster, options.signal);
    try {
      return await this.#resolve(access, options);
    } catch (error) {
      const isGone = isCoded(error, 'POD_NOT_FOUND') || isCoded(error, 'POD_COMPLETED');
      if (!isGone || this.#owner === undefined || this.#target.kind !== 'pod') throw error;
      if (this.#owner.kind === 'statefulset') await this.#untilMadeAgain(access.cluster, options);
      else if (!(await this.#moveToOwner(access.cluster, options.signal))) throw error;
      return await this.#resolve(access, options);
    }
  }

  async inspect({ namespace, name }: PodReference, signal: AbortSignal): Promise<PodState | undefined> {
    const { cluster } = await this.#options.access(signal);
    try {
      return toPodState(await cluster.get('pods', namespace, name, signal));
    } catch (error) {
      if (isStatus(error, 404)) return undefined;
      throw error;
    }
  }

  watch(listener: (pods: readonly PodState[]) => void): Disposable {
    this.#listener = listener;
    this.#startWatching();
    return toDisposable(() => {
      this.#watching?.abort();
      this.#listener = undefined;
    });
  }

  async #resolve(access: ClusterAccess, options: ResolveOptions): Promise<ResolvedTarget> {
    const { namespace, remotePorts, onWaiting } = this.#options;
    const { cluster, restConfig } = access;
    const ports = remotePorts.map((remote) => ({ local: 0, remote }));
    const { pod, ports: pairs } = await resolveTarget(cluster, this.#target, namespace, ports, {
      podRunningTimeoutMs: options.patienceMs,
      signal: options.signal,
      clock: this.#clock,
      // It has words of the cluster in it: a phase, a reason.
      ...(onWaiting && {
        onWaiting: (reason) => onWaiting(shorten(redact(restConfig, reason), MESSAGE_LIMIT)),
      }),
    });
    // A selector chooses ready pods only.
    const isPodReady = this.#target.kind !== 'pod' || (await this.#isReady(cluster, pod, options));
    return {
      restConfig,
      pod: { namespace: pod.namespace, name: pod.name, uid: pod.uid ?? '' },
      isReady: isPodReady,
      remotePorts: pairs.map(({ remote }) => remote),
    };
  }

  /** Waits for it, too. A pod that may not be looked at counts as ready. */
  async #isReady(
    cluster: Cluster,
    { namespace, name, uid }: { readonly namespace: string; readonly name: string; readonly uid?: string },
    { readyPatienceMs, signal }: ResolveOptions,
  ): Promise<boolean> {
    if (uid === undefined) return true;
    let last: Pod = await cluster.get('pods', namespace, name, signal);
    if (isReady(last) || readyPatienceMs === 0) return isReady(last);
    const timeout = new Error('not ready in time');
    try {
      await waitForPod(cluster, {
        query: { namespace, fieldSelector: `metadata.name=${name}` },
        timeoutMs: readyPatienceMs,
        signal,
        clock: this.#clock,
        choose: ([pod]) => {
          last = pod ?? last;
          return pod !== undefined && isReady(pod) ? pod : undefined;
        },
        onWaiting: () => {},
        onTimeout: () => timeout,
      });
    } catch (error) {
      if (error !== timeout) throw error;
    }
    return isReady(last);
  }

  /** Whether the pod that was asked for will not take connections again, and another may. */
  #isAboutToEnd(): boolean {
    if (this.#target.kind !== 'pod' || this.#owner === undefined || !this.#pods.isListed) return false;
    if (this.#owner.kind === 'statefulset') return false;
    return this.#pods.states().every((pod) => pod.isTerminating || pod.isOver);
  }

  /** A stateful set makes its pod again under the same name. @throws CodedError `POD_NOT_RUNNING` */
  async #untilMadeAgain(cluster: Cluster, { patienceMs, signal }: ResolveOptions): Promise<void> {
    const { namespace } = this.#options;
    const { name } = this.#target;
    await waitForPod(cluster, {
      query: { namespace, fieldSelector: `metadata.name=${name}` },
      timeoutMs: patienceMs,
      signal,
      clock: this.#clock,
      choose: ([pod]) => (pod !== undefined && isRunning(pod) ? pod : undefined),
      onWaiting: () => {},
      onTimeout: ([pod]) =>
        new CodedError('POD_NOT_RUNNING', {
          name,
          namespace,
          phase: pod === undefined ? 'not there' : podStatusText(pod),
          seconds: patienceMs / 1000,
        }),
    });
  }

  async #moveToOwner(cluster: Cluster, signal: AbortSignal): Promise<boolean> {
    const { followsOwner, namespace } = this.#options;
    if (!followsOwner || this.#owner === undefined || this.#target.kind !== 'pod') return false;
    this.#target = await topOwner(cluster, namespace, this.#owner, signal);
    if (this.#listener !== undefined) this.#startWatching();
    return true;
  }

  #startWatching(): void {
    this.#watching?.abort();
    const watching = new AbortController();
    this.#watching = watching;
    this.#pods.clear();
    void this.#watchForever(watching.signal);
  }

  /** A watch that may not be had stays away; the tunnel tells of its end as well. */
  async #watchForever(signal: AbortSignal): Promise<void> {
    let backoff: Backoff = exponentialBackoff(WATCH_RETRY);
    while (!signal.aborted) {
      const startMs = this.#clock.now();
      try {
        const { cluster } = await this.#options.access(signal);
        const query = await podsQuery(cluster, this.#target, this.#options.namespace, signal);
        await this.#watchOnce(cluster, query, signal);
      } catch (error) {
        if (signal.aborted || isCoded(error, 'FORBIDDEN')) return;
        // A list that comes before a watch that fails says nothing: only a watch that lasted does.
        if (this.#clock.now() - startMs > WATCH_RETRY.maxMs) backoff = exponentialBackoff(WATCH_RETRY);
        await delay(backoff.delayMs, signal, this.#clock).catch(() => {});
        backoff = backoff.next();
      }
    }
  }

  async #watchOnce(cluster: Cluster, query: ListQuery, signal: AbortSignal): Promise<void> {
    for await (const change of listAndWatch(cluster, 'pods', query, signal, this.#clock)) {
      this.#pods.apply(change);
      if (this.#target.kind === 'pod') this.#owner ??= controllerOf(this.#pods.first());
      this.#listener?.(this.#pods.states());
    }
  }
}

/** A replica set goes with its deployment's next version: the deployment stays. */
async function topOwner(
  cluster: Cluster,
  namespace: string,
  owner: ObjectTarget,
  signal: AbortSignal,
): Promise<ObjectTarget> {
  if (owner.kind !== 'replicaset') return owner;
  try {
    const replicaSet = await cluster.get('replicasets', namespace, owner.name, signal);
    return controllerOf(replicaSet) ?? owner;
  } catch {
    signal.throwIfAborted();
    return owner;
  }
}
