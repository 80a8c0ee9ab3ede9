import { type Clock, onAbort, systemClock } from '../base/async.ts';
import type { Disposable } from '../base/disposable.ts';
import { CodedError, isCoded } from '../base/errors.ts';
import type { Event } from '../base/event.ts';
import { formatTarget, type ObjectTarget, type Target } from '../kinds/target.ts';
import type { Cluster } from '../kube/cluster/cluster.ts';
import { getIfThere } from '../kube/cluster/followObject.ts';
import { controllerOf, keepsName } from '../kube/target/controllers.ts';
import type { PortRequest } from '../kube/target/portRequest.ts';
import type { ResolvedTarget as KubeResolvedTarget, Readiness } from '../kube/target/resolveOptions.ts';
import { resolveTarget } from '../kube/target/resolveTarget.ts';
import type { PodReference } from '../portforward/transport/transport.ts';
import { redact } from '../rest/redaction.ts';
import type { RestConfig } from '../rest/restConfig.ts';
import { toPodState } from './podStates.ts';
import type { PodState, ResolvedTarget, ResolveOptions, SessionTarget, TargetObserver } from './ports.ts';
import { TargetWatch } from './targetWatch.ts';

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
  /** Whether the target's changes and the successors of its pods are followed, for forwards that reconnect. */
  readonly followsTarget: boolean;
  /** Whether a pod has to be Ready, always; optional, default false. */
  readonly requiresReady?: boolean;
  /** There is something to wait for, with what keeps it. */
  readonly onWaiting?: (reason: CodedError) => void;
  /** Somebody has signed in: what failed for want of credentials may succeed. */
  readonly onDidSignIn?: Event<void>;
  readonly clock?: Clock;
}

/** How long a pod that is asked for by name, and was ready before, is given to become ready again. */
const NAMED_POD_READY_MS = 10_000;
/** How long a pod that runs, and is not ready, is there before it is taken, where others may be ready in a moment. */
const TAKE_UNREADY_AFTER_MS = 2_000;

/** A session's target in a real cluster. */
export class KubeTarget implements SessionTarget {
  readonly #options: KubeTargetOptions;
  readonly #clock: Clock;
  /** What leads to the pods: the target, or the controller of the pod that was the target and is gone. */
  #target: Target;
  /** The controller of the pod that was asked for; undefined where that pod comes back under its name alone. */
  #controller: ObjectTarget | undefined;
  /** The pod whose controller that is. */
  #controlledUid: string | undefined;
  #resolved: KubeResolvedTarget | undefined;
  #watch: TargetWatch | undefined;
  #observer: TargetObserver | undefined;
  /** Ends a look for a pod that began with a target that has changed since. */
  #looking = new AbortController();

  constructor(options: KubeTargetOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#target = options.target;
  }

  async resolve(options: ResolveOptions): Promise<ResolvedTarget> {
    const access = await this.#options.access(options.signal);
    // A person may take longer to sign in than a server may take to answer.
    await access.restConfig.credentials.get(options.signal);
    const resolved = await this.#resolveAnew(access, options);
    const { pod, isReady, isTerminating, ports } = resolved;
    this.#resolved = resolved;
    this.#learnController(resolved);
    this.#watch?.setResolved(resolved);
    return {
      restConfig: access.restConfig,
      pod: { namespace: pod.namespace, name: pod.name, uid: pod.uid ?? '' },
      isReady,
      isTerminating,
      remotePorts: ports.map(({ remote }) => remote),
    };
  }

  async inspect({ namespace, name }: PodReference, signal: AbortSignal): Promise<PodState | undefined> {
    const { cluster } = await this.#options.access(signal);
    const pod = await getIfThere(cluster, 'pods', namespace, name, signal);
    return pod && toPodState(pod);
  }

  watch(observer: TargetObserver): Disposable {
    this.#observer = observer;
    this.#startWatching();
    const signIn = this.#options.onDidSignIn?.(() => observer.onSeen());
    return {
      dispose: () => {
        signIn?.dispose();
        this.#watch?.dispose();
        this.#watch = undefined;
        this.#observer = undefined;
      },
    };
  }

  /** A pod is looked for by what the target says now: one that is deleted, or has another selector, is looked at again. */
  async #resolveAnew(access: ClusterAccess, options: ResolveOptions): Promise<KubeResolvedTarget> {
    for (;;) {
      const looking = new AbortController();
      this.#looking = looking;
      const abort = onAbort(options.signal, () => looking.abort(options.signal.reason));
      try {
        return await this.#resolveSuccessively(access, { ...options, signal: looking.signal });
      } catch (error) {
        const hasChanged = looking.signal.aborted && !options.signal.aborted;
        if (!hasChanged) throw error;
      } finally {
        abort.dispose();
      }
    }
  }

  /** A pod that is gone is succeeded by the one of its name, or else by another one of its controller's. */
  async #resolveSuccessively(access: ClusterAccess, options: ResolveOptions): Promise<KubeResolvedTarget> {
    const pod = this.#target;
    try {
      return await this.#resolve(access, pod, options);
    } catch (error) {
      const controller = this.#controller;
      const mayMove = this.#options.followsTarget && pod.kind === 'pod' && controller !== undefined;
      if (!mayMove || !isGone(error)) throw error;
      this.#moveTo(controller);
      try {
        return await this.#resolve(access, controller, options);
      } catch (failure) {
        if (!isCoded(failure, 'FORBIDDEN')) throw failure;
        // A controller that may not be read leaves the pod's name alone to wait for.
        this.#controller = undefined;
        this.#moveTo(pod);
        throw error;
      }
    }
  }

  /** Also the watch: it sees a controller come back that is gone, too. */
  #moveTo(target: Target): void {
    this.#target = target;
    if (this.#observer !== undefined) this.#startWatching();
  }

  #resolve(
    { cluster, restConfig }: ClusterAccess,
    target: Target,
    options: ResolveOptions,
  ): Promise<KubeResolvedTarget> {
    const { namespace, remotePorts, onWaiting, target: asked } = this.#options;
    const ports = remotePorts.map((remote): PortRequest => ({ local: 0, remote }));
    return resolveTarget(cluster, target, namespace, ports, {
      podRunningTimeoutMs: options.patienceMs,
      readiness: this.#readiness(target, options),
      takesTerminating: options.isFirst && this.#controller === undefined,
      ownedOnly: asked.kind === 'pod',
      signal: options.signal,
      clock: this.#clock,
      // The reason has words of the cluster in it.
      ...(onWaiting && {
        onWaiting: (reason) => onWaiting(redacted(restConfig, reason)),
      }),
    });
  }

  #readiness({ kind }: Target, { hasBeenReady }: ResolveOptions): Readiness {
    if (this.#options.requiresReady === true) return { type: 'strict' };
    if (kind === 'pod') return { type: 'preferred', afterMs: hasBeenReady ? NAMED_POD_READY_MS : 0 };
    return hasBeenReady ? { type: 'required' } : { type: 'preferred', afterMs: TAKE_UNREADY_AFTER_MS };
  }

  #learnController({ pod: { uid }, object }: KubeResolvedTarget): void {
    if (this.#target.kind !== 'pod' || object === undefined || uid === this.#controlledUid) return;
    this.#controlledUid = uid;
    this.#controller = keepsName(object) ? undefined : controllerOf(object);
  }

  #startWatching(): void {
    const { access, namespace, remotePorts, followsTarget } = this.#options;
    const observer = this.#observer;
    this.#watch?.dispose();
    if (observer === undefined || this.#resolved === undefined) return;
    const { pod } = this.#resolved;
    this.#watch = new TargetWatch({
      access,
      // Without reconnecting only the pod's own end counts.
      target: followsTarget ? this.#target : { kind: 'pod', name: pod.name },
      namespace,
      remotePorts,
      ownedOnly: this.#options.target.kind === 'pod',
      resolved: this.#resolved,
      controller: this.#target.kind === 'pod' ? this.#controller : undefined,
      onTopController: (controller) => {
        this.#controller = controller;
      },
      onTargetChanged: () => this.#looking.abort(),
      name: formatTarget(this.#target),
      observer,
      clock: this.#clock,
    });
  }
}

/** Whether the pod that was asked for takes no connections any more. */
function isGone(error: unknown): boolean {
  return (
    isCoded(error, 'POD_NOT_FOUND') ||
    isCoded(error, 'POD_COMPLETED') ||
    isCoded(error, 'POD_TERMINATING') ||
    isCoded(error, 'NAMESPACE_NOT_FOUND')
  );
}

/** The error without credentials in its arguments, and so in its message. */
function redacted(restConfig: RestConfig, { code, arguments: args }: CodedError): CodedError {
  const safe = Object.entries(args).map(([name, value]) => [
    name,
    typeof value === 'string' ? redact(restConfig, value) : value,
  ]);
  return new CodedError(code, Object.fromEntries(safe));
}
