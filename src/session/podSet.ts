import type { ListChange } from '../kube/listAndWatch.ts';
import { isCompleted, isReady, isTerminating } from '../kube/podState.ts';
import type { Pod } from '../kube/resources.ts';
import type { PodState } from './ports.ts';

/** The pods that a watch tells of. */
export class PodSet {
  readonly #pods = new Map<string, Pod>();
  #isListed = false;

  /** Whether it has been told of any list. */
  get isListed(): boolean {
    return this.#isListed;
  }

  apply(change: ListChange<Pod>): void {
    if (change.type === 'listed') {
      this.#isListed = true;
      this.#pods.clear();
      for (const pod of change.items) this.#pods.set(uidOf(pod), pod);
    } else if (change.type === 'changed') this.#pods.set(uidOf(change.object), change.object);
    else this.#pods.delete(uidOf(change.object));
  }

  clear(): void {
    this.#isListed = false;
    this.#pods.clear();
  }

  first(): Pod | undefined {
    return this.#pods.values().next().value;
  }

  states(): PodState[] {
    return [...this.#pods.values()].map(toPodState);
  }
}

/** What a session needs to know of it. */
export function toPodState(pod: Pod): PodState {
  const statuses = pod.status?.containerStatuses ?? [];
  return {
    uid: uidOf(pod),
    name: pod.metadata?.name ?? '',
    isReady: isReady(pod),
    isTerminating: isTerminating(pod),
    isOver: isCompleted(pod),
    restarts: statuses.reduce((sum, { restartCount }) => sum + restartCount, 0),
  };
}

function uidOf(pod: Pod): string {
  return pod.metadata?.uid ?? '';
}
