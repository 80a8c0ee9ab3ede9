import type { PodLifecycle } from './controllers/podLifecycle.ts';
import type { Pod } from './objects/types.ts';
import type { Store } from './store.ts';

/** Thrown if a test or a request to the admin endpoint names a pod that does not exist. */
export class UnknownPodError extends Error {
  constructor(namespace: string, name: string) {
    super(`no pod "${name}" in namespace "${namespace}"`);
    this.name = 'UnknownPodError';
  }
}

/**
 * Finds and changes pods for tests and the admin endpoint. Methods that take the name of a pod throw
 * {@link UnknownPodError} if the pod does not exist.
 */
export class DemoPods {
  readonly #store: Store;
  readonly #lifecycle: PodLifecycle;

  constructor(store: Store, lifecycle: PodLifecycle) {
    this.#store = store;
    this.#lifecycle = lifecycle;
  }

  get(namespace: string, name: string): Pod {
    const pod = this.#store.get('pods', namespace, name);
    if (pod === undefined) throw new UnknownPodError(namespace, name);
    return pod;
  }

  /** Returns the pods of a namespace that have all of the given labels. */
  list(namespace: string, labels: Readonly<Record<string, string>> = {}): readonly Pod[] {
    return this.#store
      .list('pods', namespace)
      .filter((pod) => Object.entries(labels).every(([key, value]) => pod.metadata.labels?.[key] === value));
  }

  /**
   * Deletes a pod gracefully, or immediately if the grace period is 0. If the pod has an owner, such as a ReplicaSet,
   * the controllers create another pod.
   */
  delete(namespace: string, name: string, gracePeriodSeconds?: number): void {
    this.#lifecycle.delete(this.get(namespace, name), gracePeriodSeconds);
  }

  /**
   * Makes a pod Ready or not Ready, as if its readiness probe succeeded or failed. The pod accepts connections in both
   * cases.
   */
  setReady(namespace: string, name: string, isReady: boolean): void {
    this.#lifecycle.setReady(this.get(namespace, name), isReady);
  }

  /** Ends the containers of a pod and restarts them immediately. The open connections into the pod are closed. */
  restartContainers(namespace: string, name: string): void {
    this.#lifecycle.restartContainers(this.get(namespace, name));
  }

  /**
   * Stores a pod. If a pod with the same name exists, replaces it. `objects/podStates.ts` creates pods in all states.
   */
  put(pod: Pod): Pod {
    return this.#store.put('pods', pod);
  }
}
