import type { Clock } from '../base/async.ts';
import type { Disposable } from '../base/disposable.ts';
import { PodInspector } from './podInspector.ts';
import { NewPods, PodObserver } from './podObserver.ts';
import type { PodState, ResolvedTarget, SessionTarget } from './ports.ts';
import type { PodChange } from './state.ts';

export interface PodFollowerOptions {
  readonly target: SessionTarget;
  readonly clock: Clock;
  /** Called when the pod of an attempt changes. @param name of the pod; for `unselected`, of the target */
  readonly onChange: (attempt: number, change: PodChange, name: string) => void;
  /** Called when another attempt may find a pod. */
  readonly onSeen: () => void;
}

/** The pod of an attempt and the parts that observe it. */
interface FollowedPod {
  readonly attempt: number;
  readonly pod: ResolvedTarget['pod'];
  readonly observer: PodObserver;
  inspector?: PodInspector;
  /** The name of the target that changed and no longer leads to the pod. */
  changedTarget?: string;
}

/** An attempt that still carries its last connections. */
export interface Draining {
  /** Called when the pod of the attempt is gone. */
  podIsGone(): void;
}

interface DrainingPod {
  readonly draining: Draining;
  readonly pod: ResolvedTarget['pod'];
  /** Looks at the pod directly: no list shows it because the target no longer leads to it. */
  inspector?: PodInspector;
}

/** Follows the pods of a session by one watch: the pod of the current attempt and the pods of draining attempts. */
export class PodFollower implements Disposable {
  readonly #options: PodFollowerOptions;
  readonly #newPods = new NewPods();
  readonly #draining = new Set<DrainingPod>();
  #watch: Disposable | undefined;
  #followed: FollowedPod | undefined;
  /** The latest list of the watch since the pod was chosen. */
  #pods: readonly PodState[] | undefined;

  constructor(options: PodFollowerOptions) {
    this.#options = options;
  }

  /** Starts to follow the pod that was chosen for an attempt. */
  follow(attempt: number, { pod, isTerminating }: ResolvedTarget): void {
    this.#followed?.inspector?.dispose();
    this.#followed = { attempt, pod, observer: new PodObserver(pod, isTerminating) };
    // An earlier list may lack the pod or show an older state of it.
    this.#pods = undefined;
    this.#watch ??= this.#options.target.watch({
      onPods: (pods) => this.#onPods(pods),
      onChanged: (target) => this.#onChanged(target),
      onSeen: () => this.#options.onSeen(),
    });
  }

  /** Reports changes of the pod from now on, and those that came before traffic could pass. */
  begin(attempt: number): void {
    if (this.#followed?.changedTarget !== undefined)
      this.#tellChanged(this.#followed, this.#followed.changedTarget);
    else if (this.#pods !== undefined) this.#report(this.#pods);
    const followed = this.#followed;
    // The callback may have left the pod.
    if (followed?.attempt !== attempt) return;
    const { observer } = followed;
    followed.inspector = this.#inspect(
      followed.pod,
      () => observer.isConfirmed,
      (pod) => this.#tell(followed, observer.inspect(pod)),
    );
    this.#doubtUnlisted(followed);
  }

  /** Looks at the pod of an attempt, because a connection failed there. */
  suspect(attempt: number): void {
    if (this.#followed?.attempt === attempt) this.#followed.inspector?.suspect();
  }

  /** Stops following the pod of an attempt. */
  leave(attempt: number): void {
    if (this.#followed?.attempt !== attempt) return;
    this.#followed.inspector?.dispose();
    this.#followed = undefined;
  }

  /** Like {@link leave}, but tells the draining attempt when its pod is gone. The caller disposes of the result. */
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

  /** Ends the watch. The next {@link follow} begins a new one. */
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

  /** The lists now show other pods, so they say nothing about the pods of draining attempts. */
  #onChanged(target: string): void {
    this.#pods = undefined;
    if (this.#followed !== undefined) this.#tellChanged(this.#followed, target);
    for (const left of this.#draining) left.inspector ??= this.#inspectLeft(left);
    this.#options.onSeen();
  }

  /** Reports the change now or, while the attempt still connects, once traffic can pass. */
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

  /** A list without the pod is either older than the pod or newer than its deletion, so the inspector looks at the pod. */
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
