import type { Clock } from '../../base/async.ts';
import { type Disposable, DisposableStore } from '../../base/disposable.ts';
import {
  creatingContainers,
  ended,
  hasReadyCondition,
  restarted,
  running,
  scheduled,
  terminating,
  withReadiness,
} from '../objects/podStates.ts';
import type { Pod } from '../objects/types.ts';
import type { Store, StoreEvent } from '../store.ts';

/** The durations of the steps in a pod's life, in milliseconds. */
export interface PodTimings {
  readonly scheduleMs: number;
  readonly createMs: number;
  readonly startMs: number;
  readonly stopMs: number;
}

export const DEFAULT_POD_TIMINGS: PodTimings = { scheduleMs: 5, createMs: 20, startMs: 250, stopMs: 80 };

const DEFAULT_GRACE_SECONDS = 1;
const ADDRESSES_PER_BLOCK = 254;

/**
 * Acts as the scheduler and the kubelet: moves new pods from pending to running, and removes deleted pods from the
 * store.
 */
export class PodLifecycle implements Disposable {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #timings: PodTimings;
  readonly #owned = new DisposableStore();
  readonly #timers = new Map<string, Disposable>();
  #nextAddress = 10;

  constructor(store: Store, clock: Clock, timings: PodTimings) {
    this.#store = store;
    this.#clock = clock;
    this.#timings = timings;
    this.#owned.add(store.onDidChange((event) => this.#onChange(event)));
  }

  dispose(): void {
    this.#owned.dispose();
    for (const timer of this.#timers.values()) timer.dispose();
    this.#timers.clear();
  }

  /** Returns an unused address of the pod network. */
  allocateAddress(): string {
    const index = this.#nextAddress++;
    return `10.88.${Math.floor(index / ADDRESSES_PER_BLOCK)}.${(index % ADDRESSES_PER_BLOCK) + 1}`;
  }

  /**
   * Deletes a pod: marks the pod as terminating, and removes it from the store after it has stopped. If the grace
   * period is 0 or the pod has no node, removes the pod at once. Returns the pod for the response to the delete
   * request.
   */
  delete(pod: Pod, gracePeriodSeconds = DEFAULT_GRACE_SECONDS): Pod {
    const { namespace = '', name } = pod.metadata;
    if (gracePeriodSeconds === 0 || pod.spec.nodeName === undefined) {
      this.#cancel(pod);
      return this.#store.delete('pods', namespace, name) ?? pod;
    }
    if (pod.metadata.deletionTimestamp !== undefined) return pod;
    return this.#store.put('pods', terminating(pod, gracePeriodSeconds));
  }

  setReady(pod: Pod, isToBeReady: boolean): void {
    this.#modify(pod, (current) =>
      hasReadyCondition(current) === isToBeReady ? current : withReadiness(current, isToBeReady),
    );
  }

  /**
   * Ends the containers of a pod with exit code 1 and restarts them immediately. The open connections into the pod are
   * closed.
   */
  restartContainers(pod: Pod): void {
    this.#modify(pod, (current) => restarted(current, 1, 'Error'));
  }

  #onChange({ type, resource, object, previous }: StoreEvent): void {
    if (resource !== 'pods') return;
    const pod = object as Pod;
    if (type === 'ADDED' && isUntouched(pod)) this.#start(pod);
    const wasDeleted = previous?.metadata.deletionTimestamp !== undefined;
    if (type === 'MODIFIED' && pod.metadata.deletionTimestamp !== undefined && !wasDeleted) this.#stop(pod);
    if (type === 'DELETED') this.#cancel(pod);
  }

  #start(pod: Pod): void {
    const { scheduleMs, createMs, startMs } = this.#timings;
    this.#after(pod, scheduleMs, () => {
      this.#modify(pod, scheduled);
      this.#after(pod, createMs, () => {
        this.#modify(pod, creatingContainers);
        this.#after(pod, startMs, () =>
          this.#modify(pod, (current) => running(current, this.allocateAddress())),
        );
      });
    });
  }

  #stop(pod: Pod): void {
    this.#after(pod, this.#timings.stopMs, () => {
      this.#modify(pod, (current) => ended(current, 'Succeeded'));
      this.#modify(pod, (current) => terminating(current, 0));
      const { namespace = '', name } = pod.metadata;
      this.#store.delete('pods', namespace, name);
    });
  }

  /** Changes a pod in the store. Does nothing if the pod is gone, even if a new pod has the same name. */
  #modify(pod: Pod, change: (current: Pod) => Pod): void {
    const { namespace = '', name, uid } = pod.metadata;
    this.#store.modify('pods', namespace, name, (current) =>
      current.metadata.uid === uid ? change(current) : current,
    );
  }

  #after(pod: Pod, delayMs: number, step: () => void): void {
    this.#cancel(pod);
    this.#timers.set(pod.metadata.uid, this.#clock.setTimer(delayMs, step));
  }

  #cancel({ metadata }: Pod): void {
    this.#timers.get(metadata.uid)?.dispose();
    this.#timers.delete(metadata.uid);
  }
}

/**
 * Returns whether a pod is new. The lifecycle moves only new pods to running: pods that were stored in a later state,
 * or as unschedulable, stay in that state.
 */
function isUntouched({ spec, status }: Pod): boolean {
  return status.phase === 'Pending' && status.conditions === undefined && spec.nodeName === undefined;
}
