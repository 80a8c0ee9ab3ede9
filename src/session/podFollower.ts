import type { Clock } from '../base/async.ts';
import type { Disposable } from '../base/disposable.ts';
import { PodInspector } from './podInspector.ts';
import { NewPods, PodObserver } from './podObserver.ts';
import type { PodState, ResolvedTarget, SessionTarget } from './ports.ts';
import type { PodChange } from './state.ts';

export interface PodFollowerOptions {
  readonly target: SessionTarget;
  readonly clock: Clock;
  /** Something became of the pod of that attempt. @param name the pod's; the target's where that has changed */
  readonly onChange: (attempt: number, change: PodChange, name: string) => void;
  /** Another try may find a pod. */
  readonly onSeen: () => void;
}

/** The pod of an attempt, and what tells what becomes of it. */
interface FollowedPod {
  readonly attempt: number;
  readonly pod: ResolvedTarget['pod'];
  readonly observer: PodObserver;
  inspector?: PodInspector;
  /** The target that has changed since the pod was chosen, and no longer leads to it. */
  changedTarget?: string;
}

/** An attempt that carries its last connections. */
export interface Draining {
  /** Its pod is gone. */
  podIsGone(): void;
}

interface DrainingPod {
  readonly draining: Draining;
  readonly pod: ResolvedTarget['pod'];
  /** Looks at the pod itself: the target no longer leads to it, so that no list shows it. */
  inspector?: PodInspector;
}

/** Follows the pods of a session's target by one watch: the pod of the present attempt, and those that are being left. */
export class PodFollower implements Disposable {
  readonly #options: PodFollowerOptions;
  readonly #newPods = new NewPods();
  readonly #draining = new Set<DrainingPod>();
  #watch: Disposable | undefined;
  #followed: FollowedPod | undefined;
  /** What the watch has told since that pod was chosen. */
  #pods: readonly PodState[] | undefined;

  constructor(options: PodFollowerOptions) {
    this.#options = options;
  }

  /** That pod was chosen for that attempt. */
  follow(attempt: number, { pod, isTerminating }: ResolvedTarget): void {
    this.#followed?.inspector?.dispose();
    this.#followed = { attempt, pod, observer: new PodObserver(pod, isTerminating) };
    // Older lists may not know the pod yet, or not as it is by now.
    this.#pods = undefined;
    this.#watch ??= this.#options.target.watch({
      onPods: (pods) => this.#onPods(pods),
      onChanged: (target) => this.#onChanged(target),
      onSeen: () => this.#options.onSeen(),
    });
  }

  /** Traffic can pass to it: what was told meanwhile counts from now on. */
  begin(attempt: number): void {
    if (this.#followed?.changedTarget !== undefined)
      this.#tellChanged(this.#followed, this.#followed.changedTarget);
    else if (this.#pods !== undefined) this.#report(this.#pods);
    const followed = this.#followed;
    // It may have been left while it was reported.
    if (followed?.attempt !== attempt) return;
    const { observer } = followed;
    followed.inspector = this.#inspect(
      followed.pod,
      () => observer.isConfirmed,
      (pod) => this.#tell(followed, observer.inspect(pod)),
    );
    this.#doubtUnlisted(followed);
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

  /** As {@link leave}, but what carries the last connections is told when the pod is gone. Disposing ends that. */
  leaveDraining(attempt: number, draining: Draining): Disposable {
    if (this.#followed?.attempt !== attempt) return { dispose: () => {} };
    const left: DrainingPod = { draining, pod: this.#followed.pod };
    this.#draining.add(left);
    this.leave(attempt);
    if (this.#pods !== undefined) this.#reportGone(this.#pods);
    return {
      dispose: () => {
        left.inspector?.dispose();
        this.#draining.delete(left);
      },
    };
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
    if (this.#newPods.hasNew(pods)) this.#options.onSeen();
  }

  /** From now on the lists are of other pods: they no longer say what becomes of the pods that are being left. */
  #onChanged(target: string): void {
    this.#pods = undefined;
    if (this.#followed !== undefined) this.#tellChanged(this.#followed, target);
    for (const left of this.#draining) left.inspector ??= this.#inspectLeft(left);
    this.#options.onSeen();
  }

  /** While its attempt still connects nobody listens: it is told again once traffic can pass. */
  #tellChanged(followed: FollowedPod, target: string): void {
    followed.changedTarget = target;
    this.#options.onChange(followed.attempt, 'unselected', target);
  }

  #inspectLeft({ pod, draining }: DrainingPod): PodInspector {
    return this.#inspect(
      pod,
      () => false,
      (found) => {
        if (found?.uid !== pod.uid || found.isOver) draining.podIsGone();
      },
    );
  }

  #inspect(
    pod: ResolvedTarget['pod'],
    isConfirmed: () => boolean,
    onInspected: (pod: PodState | undefined) => void,
  ): PodInspector {
    const { target, clock } = this.#options;
    return new PodInspector({ target, clock, pod, isConfirmed, onInspected });
  }

  #report(pods: readonly PodState[]): void {
    const followed = this.#followed;
    const change = followed?.observer.observe(pods);
    if (followed !== undefined && change !== undefined) this.#tell(followed, change);
    else if (followed !== undefined) this.#doubtUnlisted(followed);
  }

  /** A list without the pod is older than the pod, or the pod went before the watch began: a look at the pod tells. */
  #doubtUnlisted({ observer, inspector }: FollowedPod): void {
    if (this.#pods !== undefined && !observer.isConfirmed) inspector?.suspect();
  }

  #reportGone(pods: readonly PodState[]): void {
    for (const { draining, pod: left, inspector } of this.#draining) {
      if (inspector !== undefined) continue;
      if (!pods.some((pod) => pod.uid === left.uid && !pod.isOver)) draining.podIsGone();
    }
  }

  #tell({ attempt, pod: { name } }: FollowedPod, change: PodChange): void {
    this.#options.onChange(attempt, change, name);
  }
}
