import type { PodState, ResolvedTarget } from './ports.ts';
import type { PodChange } from './state.ts';

/** Compares successive lists of pods to find changes of one pod. */
export class PodObserver {
  readonly #uid: string;
  readonly #wasTerminating: boolean;
  #restarts: number | undefined;

  constructor({ uid }: ResolvedTarget['pod'], wasTerminating = false) {
    this.#uid = uid;
    this.#wasTerminating = wasTerminating;
  }

  /** Whether a list has shown the pod. */
  get isConfirmed(): boolean {
    return this.#restarts !== undefined;
  }

  /** Returns the change that a direct look at the pod shows. @param pod undefined if no pod has its name */
  inspect(pod: PodState | undefined): PodChange {
    return (pod?.uid === this.#uid && this.observe([pod])) || 'gone';
  }

  /** Returns the pod's latest change by a list; undefined while no list has shown the pod. */
  observe(pods: readonly PodState[]): PodChange | undefined {
    const pod = pods.find(({ uid }) => uid === this.#uid);
    // A missing pod means "not listed yet" before we first see it, and "deleted" afterwards.
    if (pod === undefined) return this.#restarts === undefined ? undefined : 'gone';
    const hasRestarted = pod.restarts > (this.#restarts ?? pod.restarts);
    this.#restarts = pod.restarts;
    if (pod.isOver) return 'gone';
    if (pod.isTerminating && !this.#wasTerminating) return 'terminating';
    if (hasRestarted) return 'restarted';
    if (pod.isReady) return 'ready';
    return pods.some(isAvailable) ? 'superseded' : 'unready';
  }
}

/** Tells when a list shows a usable or Ready pod that the list before did not show as such. */
export class NewPods {
  #seen: ReadonlySet<string> = new Set();

  hasNew(pods: readonly PodState[]): boolean {
    const alive = pods.filter((pod) => !pod.isTerminating && !pod.isOver);
    const previous = this.#seen;
    this.#seen = new Set(alive.map(({ uid, isReady }) => `${uid} ${isReady}`));
    return [...this.#seen].some((pod) => !previous.has(pod));
  }
}

function isAvailable(pod: PodState): boolean {
  return pod.isReady && !pod.isTerminating && !pod.isOver;
}
