import type { Clock } from '../base/async.ts';
import type { Disposable } from '../base/disposable.ts';
import type { CodedError } from '../base/errors.ts';
import { RECOVERY } from '../base/recovery.ts';
import { FollowedPod, isSamePod } from './followedPod.ts';
import type { ChosenPod, PodState, SessionTarget } from './ports.ts';
import type { PodChange } from './state.ts';

export interface PodFollowerOptions {
  readonly target: SessionTarget;
  readonly clock: Clock;
  /**
   * Called when the pod of an attempt changes.
   * @param name the name of the pod; for the change `unselected`, the name of the target
   */
  readonly onChange: (attempt: number, change: PodChange, name: string) => void;
  /**
   * Called when a new attempt may find a pod: a pod was added or became Ready, the target has changed or exists again,
   * or the user has signed in.
   */
  readonly onSeen: () => void;
}

interface Followed {
  readonly attempt: number;
  readonly chosen: ChosenPod['pod'];
  readonly pod: FollowedPod;
  /** The name of the target. Set when the target has changed and no longer leads to the pod. */
  changedTarget?: string;
}

/** A draining attempt: it gets no new connections, and ends with its last open connection. */
export interface Draining {
  /** Called when the pod of the attempt is gone. */
  podIsGone(): void;
}

interface DrainingPod {
  readonly draining: Draining;
  readonly chosen: ChosenPod['pod'];
  /**
   * Requests this one pod from the API server. Set when a list of the target's pods does not contain this pod. A pod
   * that still exists can be missing in the list: the target may no longer lead to this pod, the pod may have lost a
   * label, or the list may be older than the pod.
   */
  unlisted?: FollowedPod;
}

/**
 * Follows the pods of a session by one watch: the pod of the current attempt, and the pods of draining attempts, which
 * only finish their open connections.
 */
export class PodFollower implements Disposable {
  readonly #options: PodFollowerOptions;
  readonly #draining = new Set<DrainingPod>();
  #watch: Disposable | undefined;
  #followed: Followed | undefined;
  /** The latest list of pods from the watch. Undefined if no list has arrived since the pod was chosen. */
  #pods: readonly PodState[] | undefined;
  /**
   * The result of {@link chances} for the latest list. If the result for a newer list has an additional entry, another
   * attempt may succeed.
   */
  #chances: ReadonlySet<string> = new Set();

  constructor(options: PodFollowerOptions) {
    this.#options = options;
  }

  /** Starts to follow the pod that was chosen for an attempt. */
  follow(attempt: number, { pod: chosen, isTerminating }: ChosenPod): void {
    this.#followed?.pod.dispose();
    const { target, clock } = this.#options;
    const followed: Followed = {
      attempt,
      chosen,
      pod: new FollowedPod({
        target,
        clock,
        pod: chosen,
        wasTerminating: isTerminating,
        onChange: (change) => this.#notify(followed, change),
      }),
    };
    this.#followed = followed;
    // Discards the earlier list, which may not contain the new pod or may show an older state of this pod.
    this.#pods = undefined;
    this.#watch ??= this.#options.target.watch({
      onPods: (pods) => this.#onPods(pods),
      onChanged: (target) => this.#onChanged(target),
      onSeen: () => this.#options.onSeen(),
    });
  }

  /**
   * Called when the attempt is connected. Reports the latest change of the pod again, because the session ignores
   * changes while the attempt connects. Then starts to read the pod by direct requests.
   */
  begin(attempt: number): void {
    if (this.#followed?.changedTarget !== undefined)
      this.#notifyTargetChanged(this.#followed, this.#followed.changedTarget);
    else if (this.#pods !== undefined) this.#report(this.#pods);
    // When the session handled the change that was just reported, it may have left this attempt ({@link leave}). The
    // pod of the attempt is then no longer followed.
    if (this.#followed?.attempt !== attempt) return;
    this.#followed.pod.beginInspecting();
    this.#doubtUnlisted(this.#followed);
  }

  /**
   * Called when a connection to the pod of an attempt failed. If the pod may have caused the failure, reads the pod by
   * a direct request. Reports `doubtful` if only a new attempt can find the cause. There are two such cases: the server
   * refused the connection, or the user has no permission to read the pod, so another pod may have its name now. If a
   * port of the pod is closed, does not report `doubtful`, because a pod with this name exists.
   */
  suspect(attempt: number, { code }: CodedError): void {
    const followed = this.#followed;
    if (followed?.attempt !== attempt) return;
    const isRefused = RECOVERY[code] === 'permission' || RECOVERY[code] === 'credentials';
    const isUnread = followed.chosen.uid === '' && code === 'CONNECTION_FAILED';
    if (isRefused || isUnread) this.#notify(followed, 'doubtful');
    else if (code === 'CONNECTION_FAILED' || code === 'PORT_CLOSED') followed.pod.suspect();
  }

  /** Stops following the pod of an attempt. */
  leave(attempt: number): void {
    if (this.#followed?.attempt !== attempt) return;
    this.#followed.pod.dispose();
    this.#followed = undefined;
  }

  /**
   * Stops reporting changes of an attempt's pod to the session, because the attempt drains. From now on, calls only
   * {@link Draining.podIsGone} when the pod is gone. The caller disposes of the result when the attempt has ended.
   */
  leaveDraining(attempt: number, draining: Draining): Disposable {
    if (this.#followed?.attempt !== attempt) return { dispose: () => {} };
    const { chosen, changedTarget } = this.#followed;
    const left: DrainingPod = { draining, chosen };
    this.#draining.add(left);
    this.leave(attempt);
    if (changedTarget !== undefined) left.unlisted = this.#followUnlisted(left);
    if (this.#pods !== undefined) this.#reportGone(this.#pods);
    return {
      dispose: () => {
        left.unlisted?.dispose();
        this.#draining.delete(left);
      },
    };
  }

  /** Ends the watch of the target, and stops following the current pod. The next {@link follow} begins a new watch. */
  dispose(): void {
    if (this.#followed !== undefined) this.leave(this.#followed.attempt);
    this.#watch?.dispose();
    this.#watch = undefined;
  }

  #onPods(pods: readonly PodState[]): void {
    this.#pods = pods;
    this.#reportGone(pods);
    this.#report(pods);
    const before = this.#chances;
    this.#chances = chances(pods);
    if ([...this.#chances].some((chance) => !before.has(chance))) this.#options.onSeen();
  }

  /**
   * Called when the target has changed, so the watch lists other pods from now on. The pods of draining attempts, which
   * still carry their last open connections, may be missing in this list. So each of these pods is requested
   * individually from the API server.
   */
  #onChanged(target: string): void {
    this.#pods = undefined;
    if (this.#followed !== undefined) this.#notifyTargetChanged(this.#followed, target);
    for (const left of this.#draining) left.unlisted ??= this.#followUnlisted(left);
    this.#options.onSeen();
  }

  /**
   * Reports that the target has changed. The session ignores this report while the attempt connects. So the change is
   * also stored, and {@link begin} reports the change again.
   */
  #notifyTargetChanged(followed: Followed, target: string): void {
    followed.changedTarget = target;
    this.#options.onChange(followed.attempt, 'unselected', target);
  }

  #followUnlisted({ chosen, draining }: DrainingPod): FollowedPod {
    const { target, clock } = this.#options;
    const pod = new FollowedPod({
      target,
      clock,
      pod: chosen,
      onChange: (change) => {
        if (change === 'gone') draining.podIsGone();
      },
    });
    pod.beginInspecting();
    return pod;
  }

  #report(pods: readonly PodState[]): void {
    const followed = this.#followed;
    if (followed === undefined) return;
    const change = followed.pod.observe(pods);
    if (change !== undefined) this.#notify(followed, change);
    else this.#doubtUnlisted(followed);
  }

  /**
   * Reads the pod by a direct request if the latest list does not contain the pod. Either the list was made before the
   * pod was created, or the pod has been deleted.
   */
  #doubtUnlisted({ pod }: Followed): void {
    if (this.#pods !== undefined && !pod.wasListed) pod.suspect();
  }

  #reportGone(pods: readonly PodState[]): void {
    for (const left of this.#draining) {
      if (left.unlisted !== undefined) continue;
      const pod = pods.find((other) => isSamePod(left.chosen, other));
      if (pod === undefined) left.unlisted = this.#followUnlisted(left);
      else if (pod.isCompleted) left.draining.podIsGone();
    }
  }

  #notify({ attempt, chosen: { name } }: Followed, change: PodChange): void {
    this.#options.onChange(attempt, change, name);
  }
}

/**
 * Returns the UID of each pod that is neither terminating nor completed. For a Ready pod, the result also contains the
 * UID followed by `ready`. So an additional entry in the result for a newer list means that a pod was added or became
 * Ready.
 */
function chances(pods: readonly PodState[]): ReadonlySet<string> {
  const serving = pods.filter((pod) => !pod.isTerminating && !pod.isCompleted);
  return new Set(serving.flatMap(({ uid, isReady }) => (isReady ? [uid, `${uid} ready`] : [uid])));
}
