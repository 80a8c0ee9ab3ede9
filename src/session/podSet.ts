import type { ListChange } from '../kube/listAndWatch.ts';
import { isCompleted, isReady, isTerminating } from '../kube/podState.ts';
import { keyOf, type Pod } from '../kube/resources.ts';
import type { PodState } from './ports.ts';

interface Member {
  readonly pod: Pod;
  /** Made once: all states are asked for whenever one changes. */
  readonly state: PodState;
}

/** The pods that a watch tells of. */
export class PodSet {
  readonly #pods = new Map<string, Member>();
  #isListed = false;

  /** Whether it has been told of any list. */
  get isListed(): boolean {
    return this.#isListed;
  }

  apply(change: ListChange<Pod>): void {
    if (change.type === 'listed') {
      this.#isListed = true;
      this.#pods.clear();
      for (const pod of change.items) this.#set(pod);
    } else if (change.type === 'changed') this.#set(change.object);
    else if (change.type === 'removed') this.#pods.delete(keyOf(change.object));
  }

  clear(): void {
    this.#isListed = false;
    this.#pods.clear();
  }

  first(): Pod | undefined {
    return this.#pods.values().next().value?.pod;
  }

  states(): PodState[] {
    return Array.from(this.#pods.values(), ({ state }) => state);
  }

  #set(pod: Pod): void {
    this.#pods.set(keyOf(pod), { pod, state: toPodState(pod) });
  }
}

/** What a session needs to know of it. */
export function toPodState(pod: Pod): PodState {
  const statuses = pod.status?.containerStatuses ?? [];
  return {
    uid: pod.metadata.uid ?? '',
    name: pod.metadata.name,
    isReady: isReady(pod),
    isTerminating: isTerminating(pod),
    isOver: isCompleted(pod),
    restarts: statuses.reduce((sum, { restartCount = 0 }) => sum + restartCount, 0),
  };
}
