import type { PodLifecycle } from './controllers/podLifecycle.ts';
import type { Pod } from './objects/types.ts';
import type { Store } from './store.ts';

/** A test or an admin named a pod that does not exist. */
export class UnknownPodError extends Error {
  constructor(namespace: string, name: string) {
    super(`no pod "${name}" in namespace "${namespace}"`);
    this.name = 'UnknownPodError';
  }
}

/** The events that can happen to pods. All methods throw {@link UnknownPodError} for a missing pod. */
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

  /** Returns the pods of a namespace whose labels include these. */
  list(namespace: string, labels: Readonly<Record<string, string>> = {}): readonly Pod[] {
    return this.#store
      .list('pods', namespace)
      .filter((pod) => Object.entries(labels).every(([key, value]) => pod.metadata.labels?.[key] === value));
  }

  /** Deletes a pod gracefully, or at once with a grace period of 0; its owner replaces it. */
  delete(namespace: string, name: string, gracePeriodSeconds?: number): void {
    this.#lifecycle.delete(this.get(namespace, name), gracePeriodSeconds);
  }

  /** Makes a pod's readiness probe fail or succeed. The pod's ports answer either way. */
  setReady(namespace: string, name: string, isReady: boolean): void {
    this.#lifecycle.setReady(this.get(namespace, name), isReady);
  }

  /** Ends the pod's containers and starts them again at once. Their open connections are gone. */
  restartContainers(namespace: string, name: string): void {
    this.#lifecycle.restartContainers(this.get(namespace, name));
  }

  /** Adds a pod as given, or replaces the pod of its name; `objects/podStates.ts` has its states. */
  put(pod: Pod): Pod {
    return this.#store.put('pods', pod);
  }
}
