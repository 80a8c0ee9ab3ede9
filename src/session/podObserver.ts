import type { PodState, ResolvedTarget } from './ports.ts';
import type { PodChange } from './state.ts';

/** Reads off successive lists of pods what happens to one of them. */
export class PodObserver {
  readonly #uid: string;
  readonly #wasTerminating: boolean;
  #restarts: number | undefined;

  constructor({ uid }: ResolvedTarget['pod'], wasTerminating = false) {
    this.#uid = uid;
    this.#wasTerminating = wasTerminating;
  }

  /** Whether any list has shown the pod. */
  get isConfirmed(): boolean {
    return this.#restarts !== undefined;
  }

  /** What a look at the pod itself says. @param pod undefined: there is none of its name */
  inspect(pod: PodState | undefined): PodChange {
    return (pod?.uid === this.#uid && this.observe([pod])) || 'gone';
  }

  /** What the list says of the pod; undefined while no list has shown it. */
  observe(pods: readonly PodState[]): PodChange | undefined {
    const pod = pods.find(({ uid }) => uid === this.#uid);
    // A missing pod means "not listed yet" before the first sight of it, and "deleted" afterwards.
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

/** Tells when a list shows a pod that may serve, or shows it as ready, and the list before did not. */
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
