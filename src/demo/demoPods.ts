import type { PodLifecycle } from './controllers/podLifecycle.ts';
import type { Pod } from './objects/types.ts';
import type { Store } from './store.ts';

/** No pod of that name: a mistake of the test or of the admin's request. */
export class UnknownPodError extends Error {
  constructor(namespace: string, name: string) {
    super(`no pod "${name}" in namespace "${namespace}"`);
    this.name = 'UnknownPodError';
  }
}

/** What can happen to a pod. All throw {@link UnknownPodError} where there is none of that name. */
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

  /** Pods of a namespace whose labels include these. */
  list(namespace: string, labels: Readonly<Record<string, string>> = {}): readonly Pod[] {
    return this.#store
      .list('pods', namespace)
      .filter((pod) => Object.entries(labels).every(([key, value]) => pod.metadata.labels?.[key] === value));
  }

  /** Deletes it gracefully, or at once where the grace period is 0; its owner replaces it. */
  delete(namespace: string, name: string, gracePeriodSeconds?: number): void {
    this.#lifecycle.delete(this.get(namespace, name), gracePeriodSeconds);
  }

  /** Its readiness probe fails, or succeeds again; its ports answer all the same. */
  setReady(namespace: string, name: string, isReady: boolean): void {
    this.#lifecycle.setReady(this.get(namespace, name), isReady);
  }

  /** Its containers end and run again at once: open connections to them are gone. */
  restartContainers(namespace: string, name: string): void {
    this.#lifecycle.restartContainers(this.get(namespace, name));
  }

  /** Adds a pod as it is given, or replaces the one of its name; see `objects/podStates.ts` for its states. */
  put(pod: Pod): Pod {
    return this.#store.put('pods', pod);
  }
}
