import type { PodState } from './ports.ts';
import type { PodChange } from './state.ts';

/** Reads off successive lists of pods what happens to one of them. */
export class PodObserver {
  readonly #uid: string;
  #restarts: number | undefined;

  constructor(uid: string) {
    this.#uid = uid;
  }

  /** Whether any list has shown it. */
  get isConfirmed(): boolean {
    return this.#restarts !== undefined;
  }

  /** What a look at the pod itself says; undefined where there is none of its name. */
  inspect(pod: PodState | undefined): PodChange {
    return (pod?.uid === this.#uid && this.observe([pod])) || 'gone';
  }

  /** What the list says of the pod; undefined while it is not on any list yet. */
  observe(pods: readonly PodState[]): PodChange | undefined {
    const pod = pods.find(({ uid }) => uid === this.#uid);
    // A list from before it was there does not know it; one from after it was there does no more.
    if (pod === undefined) return this.#restarts === undefined ? undefined : 'gone';
    const hasRestarted = pod.restarts > (this.#restarts ?? pod.restarts);
    this.#restarts = pod.restarts;
    if (pod.isOver) return 'gone';
    if (pod.isTerminating) return 'terminating';
    if (hasRestarted) return 'restarted';
    return pod.isReady ? 'ready' : 'unready';
  }
}

/** Tells when a list of pods shows one as ready that the list before it did not. */
export class ReadyPods {
  #uids: ReadonlySet<string> = new Set();

  hasNew(pods: readonly PodState[]): boolean {
    const ready = pods.filter((pod) => pod.isReady && !pod.isTerminating && !pod.isOver);
    const previous = this.#uids;
    this.#uids = new Set(ready.map(({ uid }) => uid));
    return ready.some(({ uid }) => !previous.has(uid));
  }
}
