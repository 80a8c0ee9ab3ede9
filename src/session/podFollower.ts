import type { Clock } from '../base/async.ts';
import type { Disposable } from '../base/disposable.ts';
import { PodInspector } from './podInspector.ts';
import { PodObserver, ReadyPods } from './podObserver.ts';
import type { PodState, ResolvedTarget, SessionTarget } from './ports.ts';
import type { PodChange } from './state.ts';

export interface PodFollowerOptions {
  readonly target: SessionTarget;
  readonly clock: Clock;
  /** Something became of the pod of that attempt. */
  readonly onChange: (attempt: number, change: PodChange, name: string) => void;
  /** The watch shows a ready pod that it did not show before. */
  readonly onReadyPod: () => void;
}

/** The pod of an attempt, and those who tell what becomes of it. */
interface FollowedPod {
  readonly attempt: number;
  readonly pod: ResolvedTarget['pod'];
  readonly observer: PodObserver;
  inspector?: PodInspector;
}

/** What carries its last connections, and is told when their pod is no more. */
export interface Draining {
  podIsGone(): void;
}

/** Follows the pods of a session's target by one watch: that of the present attempt, and those that are being left. */
export class PodFollower implements Disposable {
  readonly #options: PodFollowerOptions;
  readonly #readyPods = new ReadyPods();
  readonly #draining = new Map<Draining, string>();
  #watch: Disposable | undefined;
  #followed: FollowedPod | undefined;
  /** What the watch has told since that pod was chosen. */
  #pods: readonly PodState[] | undefined;

  constructor(options: PodFollowerOptions) {
    this.#options = options;
  }

  /** That pod was chosen for that attempt. */
  follow(attempt: number, pod: ResolvedTarget['pod']): void {
    this.#followed?.inspector?.dispose();
    this.#followed = { attempt, pod, observer: new PodObserver(pod.uid) };
    // Older lists may not know the pod yet, or not as it is by now.
    this.#pods = undefined;
    this.#watch ??= this.#options.target.watch((pods) => this.#onPods(pods));
  }

  /** Traffic can pass to it: what was told meanwhile counts from now on. */
  begin(attempt: number): void {
    if (this.#pods !== undefined) this.#report(this.#pods);
    const followed = this.#followed;
    // It may have been left while it was reported.
    if (followed?.attempt !== attempt) return;
    const { target, clock } = this.#options;
    followed.inspector = new PodInspector({
      target,
      clock,
      pod: followed.pod,
      isConfirmed: () => followed.observer.isConfirmed,
      onInspected: (pod) => this.#tell(followed, followed.observer.inspect(pod)),
    });
  }

  /** A connection to the attempt's pod failed there. */
  suspect(attempt: number): void {
    if (this.#followed?.attempt === attempt) this.#followed.inspector?.suspect();
  }

  /** Nobody needs to know any more what becomes of the attempt's pod. */
  leave(attempt: number): void {
    if (this.#followed?.attempt !== attempt) return;
    this.#followed.inspector?.dispose();
    this.#followed = undefined;
  }

  /** As {@link leave}, but who carries the last connections is told when the pod is gone. Disposing ends that. */
  leaveDraining(attempt: number, draining: Draining): Disposable {
    if (this.#followed?.attempt === attempt) {
      this.#draining.set(draining, this.#followed.pod.uid);
      this.leave(attempt);
      if (this.#pods !== undefined) this.#reportGone(this.#pods);
    }
    return { dispose: () => this.#draining.delete(draining) };
  }

  /** Ends the watch; the next pod that is followed begins it anew. */
  dispose(): void {
    if (this.#followed !== undefined) this.leave(this.#followed.attempt);
    this.#watch?.dispose();
    this.#watch = undefined;
  }

  #onPods(pods: readonly PodState[]): void {
    this.#pods = pods;
    this.#reportGone(pods);
    this.#report(pods);
    if (this.#readyPods.hasNew(pods)) this.#options.onReadyPod();
  }

  #report(pods: readonly PodState[]): void {
    const followed = this.#followed;
    const change = followed?.observer.observe(pods);
    if (followed !== undefined && change !== undefined) this.#tell(followed, change);
  }

  #reportGone(pods: readonly PodState[]): void {
    for (const [draining, uid] of this.#draining) {
      if (!pods.some((pod) => pod.uid === uid && !pod.isOver)) draining.podIsGone();
    }
  }

  #tell({ attempt, pod: { name } }: FollowedPod, change: PodChange): void {
    this.#options.onChange(attempt, change, name);
  }
}
