import { type Clock, delay } from '../base/async.ts';
import { type Backoff, exponentialBackoff } from '../base/backoff.ts';
import type { Disposable } from '../base/disposable.ts';
import { isCoded } from '../base/errors.ts';
import type { ObjectTarget, Target } from '../kinds/target.ts';
import type { Cluster } from '../kube/cluster/cluster.ts';
import { followObject, getIfThere } from '../kube/cluster/followObject.ts';
import { followPods, type PodScope } from '../kube/cluster/followPods.ts';
import { type Resource, type ResourceTypes, resourceOf, type Service } from '../kube/cluster/resources.ts';
import { podsOwnedBy, topController } from '../kube/target/controllers.ts';
import { labelSelectorOf, matchesLabels } from '../kube/target/labelSelector.ts';
import type { ResolvedTarget } from '../kube/target/resolveOptions.ts';
import { resolveServicePorts } from '../kube/target/resolvePorts.ts';
import { FORBIDDEN_RETRY_MS } from './followedPod.ts';
import { toPodState } from './podStates.ts';
import type { TargetObserver } from './ports.ts';

type TargetObject = ResourceTypes[Resource];

export interface TargetWatchOptions {
  readonly access: (signal: AbortSignal) => Promise<{ readonly cluster: Cluster }>;
  readonly target: Target;
  readonly namespace: string;
  readonly remotePorts: readonly (number | string)[];
  /** Whether to follow only the pods that the target owns, and not every pod that matches its label selector. */
  readonly ownedOnly: boolean;
  /** The pod and ports that the latest attempt chose. */
  readonly resolved: ResolvedTarget;
  /**
   * The controller of the current pod, such as a ReplicaSet. The watch finds the object that controls this controller,
   * such as a Deployment, and passes that object to `onTopController`. Undefined if the target is not a pod, or if no
   * other pod of a controller can replace the pod.
   */
  readonly controller: ObjectTarget | undefined;
  readonly onTopController: (controller: ObjectTarget) => void;
  /** Called when the target is deleted, is created again, or may lead to other pods or ports. */
  readonly onTargetChanged: () => void;
  /** The target as users see it, such as `service/web`. */
  readonly name: string;
  readonly observer: TargetObserver;
  readonly clock: Clock;
}

/** The pause between two lists of the pods in milliseconds, if the user may list but not watch them. */
const LIST_INTERVAL_MS = 10_000;
/** Pauses before a failed watch or request is started again. */
const WATCH_RETRY = { firstMs: 500, maxMs: 30_000, random: Math.random };

/**
 * Follows a target and its pods. If the target is a pod, follows the pod with this name. If the target is a label
 * selector, follows the pods that match it. For any other target, follows the object and the pods that the object
 * selects. The caller disposes of the watch.
 */
export class TargetWatch implements Disposable {
  readonly #options: TargetWatchOptions;
  readonly #abort = new AbortController();
  #resolved: ResolvedTarget;
  /**
   * The latest signature of the target's object ({@link signatureOf}). If the signature changes, the target may lead to
   * other pods or ports.
   */
  #seen: string | undefined;
  #following: AbortController | undefined;
  #pods: { readonly key: string; readonly abort: AbortController } | undefined;

  constructor(options: TargetWatchOptions) {
    this.#options = options;
    this.#resolved = options.resolved;
    const { target, namespace, controller } = options;
    if (target.kind === 'pod') {
      this.#startPods(() => ({ type: 'name', namespace, name: target.name }), '');
    } else if (target.kind === 'selector') {
      this.#startPods(() => ({ type: 'selector', namespace, labelSelector: target.name }), '');
    } else {
      const { object } = options.resolved;
      this.#seen = object && signatureOf(target, object);
      this.#startTarget(target);
    }
    if (controller !== undefined) void this.#learnTopController(controller);
  }

  /** Sets the pod and ports that the latest attempt chose. */
  setResolved(resolved: ResolvedTarget): void {
    this.#resolved = resolved;
    const { target } = this.#options;
    if (target.kind === 'pod' || target.kind === 'selector' || resolved.object === undefined) return;
    const signature = signatureOf(target, resolved.object);
    if (signature === this.#seen) return;
    // The attempt and the watch saw different versions of the object. The watch is restarted to get the current
    // version.
    this.#seen = signature;
    this.#startTarget(target);
  }

  dispose(): void {
    this.#abort.abort();
    this.#following?.abort();
    this.#pods?.abort.abort();
  }

  #startTarget(target: ObjectTarget): void {
    this.#following?.abort();
    const following = new AbortController();
    this.#following = following;
    void this.#again(following.signal, (cluster, signal) => this.#followTarget(target, cluster, signal));
  }

  async #followTarget(target: ObjectTarget, cluster: Cluster, signal: AbortSignal): Promise<void> {
    const { namespace, clock, observer, name, onTargetChanged } = this.#options;
    const resource = resourceOf(target.kind);
    let wasThere = true;
    for await (const object of followObject(cluster, resource, namespace, target.name, signal, clock)) {
      if (object === undefined) {
        if (wasThere) onTargetChanged();
        wasThere = false;
        continue;
      }
      const signature = signatureOf(target, object);
      const isNews = this.#seen !== signature;
      const hasMoved = isNews && !(await this.#leadsTo(cluster, object, signal));
      this.#seen = signature;
      if (isNews || !wasThere) onTargetChanged();
      if (hasMoved) observer.onChanged(name);
      else if (isNews || !wasThere) observer.onSeen();
      wasThere = true;
      this.#followPodsOf(target, object);
    }
  }

  /**
   * Returns whether the target still leads to the chosen pod and ports. Always returns true for a target that is not a
   * Service: the list of the target's pods shows whether the chosen pod still belongs to the target.
   */
  async #leadsTo(cluster: Cluster, object: TargetObject, signal: AbortSignal): Promise<boolean> {
    const { target, namespace, remotePorts } = this.#options;
    if (target.kind !== 'service') return true;
    const { pod, ports } = this.#resolved;
    const found = await getIfThere(cluster, 'pods', namespace, pod.name, signal);
    // If the pod was deleted, the watch of the pods reports the deletion, so it is not reported here.
    if (found === undefined || found.metadata?.uid !== pod.uid) return true;
    const { selector } = (object as Service).spec ?? {};
    if (!matchesLabels(found, selector)) return false;
    const requests = remotePorts.map((remote) => ({ local: 0, remote }));
    try {
      const now = resolveServicePorts(object as Service, found, requests);
      return now.every(({ remote }, index) => remote === ports[index]?.remote);
    } catch (error) {
      if (isCoded(error)) return false;
      throw error;
    }
  }

  #followPodsOf(target: ObjectTarget, object: TargetObject): void {
    const { namespace, ownedOnly, observer } = this.#options;
    const labelSelector = labelSelectorOf(target.kind, object);
    const key = `${labelSelector} ${ownedOnly ? object.metadata?.uid : ''}`;
    if (this.#pods?.key === key) return;
    this.#pods?.abort.abort();
    this.#pods = undefined;
    if (labelSelector === undefined) return observer.onPods([]);
    this.#startPods((cluster) => {
      const owns = ownedOnly && { owns: podsOwnedBy(cluster, namespace, object) };
      return { type: 'selector', namespace, labelSelector, ...owns };
    }, key);
  }

  #startPods(scopeIn: (cluster: Cluster) => PodScope, key: string): void {
    const abort = new AbortController();
    this.#pods = { key, abort };
    const { clock, observer } = this.#options;
    void this.#again(abort.signal, async (cluster, signal) => {
      const options = { listIntervalMs: LIST_INTERVAL_MS, signal, clock };
      for await (const pods of followPods(cluster, scopeIn(cluster), options)) {
        observer.onPods(pods.map(toPodState));
      }
    });
  }

  /**
   * Runs a watch or request, and starts it again after each failure, until the signal is aborted. Never rejects.
   */
  async #again(
    signal: AbortSignal,
    follow: (cluster: Cluster, signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    const { access, clock } = this.#options;
    let backoff: Backoff = exponentialBackoff(WATCH_RETRY);
    while (!signal.aborted) {
      const startMs = clock.now();
      try {
        const { cluster } = await access(signal);
        await follow(cluster, signal);
      } catch (error) {
        if (signal.aborted) return;
        // Only a watch that ran for a while starts again with the shortest pause. Otherwise, a watch that lists the
        // pods and then always fails at once would be started again and again without longer pauses.
        if (clock.now() - startMs > WATCH_RETRY.maxMs) backoff = exponentialBackoff(WATCH_RETRY);
        const pauseMs = isCoded(error, 'FORBIDDEN') ? FORBIDDEN_RETRY_MS : backoff.delayMs;
        await delay(pauseMs, signal, clock).catch(() => {});
        backoff = backoff.next();
      }
    }
  }

  /**
   * Finds out the controller's own controller, such as the Deployment of a ReplicaSet, while the controller still
   * exists. Until this succeeds, only pods of the controller itself can replace a pod that is gone. Never rejects.
   */
  async #learnTopController(controller: ObjectTarget): Promise<void> {
    const { namespace, onTopController } = this.#options;
    const learned = new AbortController();
    await this.#again(AbortSignal.any([this.#abort.signal, learned.signal]), async (cluster, signal) => {
      onTopController(await topController(cluster, namespace, controller, signal));
      learned.abort();
    });
  }
}

/**
 * Returns the parts of the object that decide to which pods and ports it leads, as one text. If the text changes, the
 * target may lead to other pods or ports.
 */
function signatureOf(target: ObjectTarget, object: TargetObject): string {
  if (target.kind !== 'service') return `${object.metadata?.uid} ${labelSelectorOf(target.kind, object)}`;
  const { selector, ports, clusterIP } = (object as Service).spec ?? {};
  return JSON.stringify([selector, ports, clusterIP === 'None']);
}
