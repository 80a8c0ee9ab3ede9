import { type Clock, onAbort, systemClock } from '../base/async.ts';
import type { Disposable } from '../base/disposable.ts';
import { CodedError, isCoded } from '../base/errors.ts';
import type { Event } from '../base/event.ts';
import type { PodReference } from '../kinds/forwardNotice.ts';
import { formatTarget, type ObjectTarget, type Target } from '../kinds/target.ts';
import type { Cluster } from '../kube/cluster/cluster.ts';
import { getIfThere } from '../kube/cluster/followObject.ts';
import { controllerOf, keepsName } from '../kube/target/controllers.ts';
import type { PortRequest } from '../kube/target/portRequest.ts';
import { type Readiness, type ResolvedTarget, TAKE_UNREADY_AFTER_MS } from '../kube/target/resolveOptions.ts';
import { resolveTarget } from '../kube/target/resolveTarget.ts';
import { redact } from '../rest/redaction.ts';
import type { RestConfig } from '../rest/restConfig.ts';
import { toPodState } from './podStates.ts';
import type { ChoosePodOptions, ChosenPod, PodState, SessionTarget, TargetObserver } from './ports.ts';
import { TargetWatch } from './targetWatch.ts';

/** A cluster, and the settings with which this program reaches it. */
export interface ClusterAccess {
  readonly restConfig: RestConfig;
  /** Owned and disposed of by the code that provides the access. */
  readonly cluster: Cluster;
}

export interface KubeTargetOptions {
  /**
   * Returns the access to the cluster. Called again for each attempt, direct request and watch, and at intervals
   * while the server is lost, because a kubeconfig may have changed.
   * @throws CodedError the errors of loading a kubeconfig
   */
  readonly access: (signal: AbortSignal) => Promise<ClusterAccess>;
  readonly target: Target;
  readonly namespace: string;
  /** Port numbers, or port names that the target declares. */
  readonly remotePorts: readonly (number | string)[];
  /** Whether to follow changes of the target, and to replace a pod that is gone. True for forwards that reconnect. */
  readonly followsTarget: boolean;
  /** Whether each attempt accepts only a Ready pod. Optional, default false. */
  readonly requiresReady?: boolean;
  /** Fires when the user has signed in: an attempt that failed for lack of credentials may now succeed. */
  readonly onDidSignIn?: Event<void>;
  readonly clock?: Clock;
}

/**
 * If the target itself is a pod, and the pod was Ready before, an attempt waits at most this long until the pod is
 * Ready again. After this time, the attempt uses the pod although it is not Ready.
 */
const NAMED_POD_READY_MS = 10_000;

/** The target of a session in a real cluster: chooses a pod for each attempt, and watches the target and its pods. */
export class KubeTarget implements SessionTarget {
  readonly #options: KubeTargetOptions;
  readonly #clock: Clock;
  /** The target to resolve: the requested target or, if this is a pod that is gone, the controller of the pod. */
  #target: Target;
  /**
   * The controller whose pods can replace the requested pod, such as a ReplicaSet. Undefined if only a pod of the same
   * name can replace the requested pod, as with a StatefulSet.
   */
  #controller: ObjectTarget | undefined;
  /**
   * The UID of the pod whose controller was last stored in `#controller`. If an attempt chooses this pod again, its
   * controller is not stored again, because this would undo later changes of `#controller`: the watch replaces a
   * ReplicaSet by its Deployment, for example, and `#controller` becomes undefined if the user is not permitted to read
   * the controller.
   */
  #controlledUid: string | undefined;
  #resolved: ResolvedTarget | undefined;
  #watch: TargetWatch | undefined;
  #observer: TargetObserver | undefined;
  /** Aborted when the target changes while an attempt chooses a pod. The attempt then chooses a pod again. */
  #looking = new AbortController();

  constructor(options: KubeTargetOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#target = options.target;
  }

  async resolve(options: ChoosePodOptions): Promise<ChosenPod> {
    const access = await this.#options.access(options.signal);
    // Gets credentials before any request: the user may take longer to sign in than the time limit of a request.
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

  async currentRestConfig(signal: AbortSignal): Promise<RestConfig> {
    return (await this.#options.access(signal)).restConfig;
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

  /**
   * Chooses a pod. If the watch reports during the choice that the target was deleted, was created again, or leads to
   * other pods or ports, starts over.
   */
  async #resolveAnew(access: ClusterAccess, options: ChoosePodOptions): Promise<ResolvedTarget> {
    for (;;) {
      const looking = new AbortController();
      this.#looking = looking;
      using _ = onAbort(options.signal, () => looking.abort(options.signal.reason));
      try {
        return await this.#resolvePodOrSuccessor(access, { ...options, signal: looking.signal });
      } catch (error) {
        const hasChanged = looking.signal.aborted && !options.signal.aborted;
        if (!hasChanged) throw error;
      }
    }
  }

  /** Chooses a pod of the target. If the target is a pod that is gone, chooses another pod of its controller. */
  async #resolvePodOrSuccessor(access: ClusterAccess, options: ChoosePodOptions): Promise<ResolvedTarget> {
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
        // The user is not permitted to read the controller, so only a pod of the same name can replace the pod.
        this.#controller = undefined;
        this.#moveTo(pod);
        throw error;
      }
    }
  }

  /**
   * Sets the target from which pods are chosen, and which is watched, from now on. If this target is a deleted
   * controller, the watch notices when the controller is created again.
   */
  #moveTo(target: Target): void {
    this.#target = target;
    if (this.#observer !== undefined) this.#startWatching();
  }

  #resolve(
    { cluster, restConfig }: ClusterAccess,
    target: Target,
    options: ChoosePodOptions,
  ): Promise<ResolvedTarget> {
    const { namespace, remotePorts, target: asked } = this.#options;
    const { onWaiting } = options;
    const ports = remotePorts.map((remote): PortRequest => ({ local: 0, remote }));
    return resolveTarget(cluster, target, namespace, ports, {
      podRunningTimeoutMs: options.podRunningTimeoutMs,
      readiness: this.#readiness(target, options),
      takesTerminating: options.isFirst && this.#controller === undefined,
      ownedOnly: asked.kind === 'pod',
      signal: options.signal,
      clock: this.#clock,
      // Removes credentials from the reason: it quotes messages of the cluster, which may contain credentials.
      ...(onWaiting && {
        onWaiting: (reason) => onWaiting(redacted(restConfig, reason)),
      }),
    });
  }

  #readiness({ kind }: Target, { hasBeenReady }: ChoosePodOptions): Readiness {
    if (this.#options.requiresReady === true) return { type: 'strict' };
    if (kind === 'pod') return { type: 'preferred', afterMs: hasBeenReady ? NAMED_POD_READY_MS : 0 };
    return hasBeenReady ? { type: 'required' } : { type: 'preferred', afterMs: TAKE_UNREADY_AFTER_MS };
  }

  #learnController({ pod: { uid }, object }: ResolvedTarget): void {
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
      // A forward that does not reconnect ends only when its pod is gone, so only the pod is watched.
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

/** Returns whether the error means that the requested pod can no longer accept connections. */
function isGone(error: unknown): boolean {
  return (
    isCoded(error, 'POD_NOT_FOUND') ||
    isCoded(error, 'POD_COMPLETED') ||
    isCoded(error, 'POD_TERMINATING') ||
    isCoded(error, 'NAMESPACE_NOT_FOUND')
  );
}

/**
 * Returns the error without credentials in its arguments. The message is made from the arguments, so it contains no
 * credentials either.
 */
function redacted(restConfig: RestConfig, { code, arguments: args }: CodedError): CodedError {
  const safe = Object.entries(args).map(([name, value]) => [
    name,
    typeof value === 'string' ? redact(restConfig, value) : value,
  ]);
  return new CodedError(code, Object.fromEntries(safe));
}
