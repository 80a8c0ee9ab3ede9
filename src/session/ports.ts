import type { Disposable } from '../base/disposable.ts';
import type { PodReference } from '../portforward/transport/transport.ts';
import type { RestConfig } from '../rest/restConfig.ts';

/** A pod chosen for one attempt, and how to reach it. */
export interface ResolvedTarget {
  readonly restConfig: RestConfig;
  readonly pod: PodReference & { readonly uid: string };
  /** Whether the pod is Ready; one that merely runs is chosen only if there is no ready one. */
  readonly isReady: boolean;
  /** Whether the pod is terminating already, and was asked for all the same. */
  readonly isTerminating?: boolean;
  /** The pod's ports, in the order of those that were asked for. */
  readonly remotePorts: readonly number[];
}

export interface ResolveOptions {
  /** Whether traffic has not passed yet since the start or the user's restart. */
  readonly isFirst: boolean;
  /** How long a pod may take to run, or a service or workload to have one that will do. */
  readonly patienceMs: number;
  /**
   * Whether a pod of the target was ready before. Then a ready one is waited for, so that a rollout sends nobody to a pod
   * that is still starting; otherwise a running one is taken after a moment.
   */
  readonly hasBeenReady: boolean;
  readonly signal: AbortSignal;
}

/** What a session needs to know of a pod. */
export interface PodState {
  readonly uid: string;
  readonly name: string;
  readonly isReady: boolean;
  /** It has a deletion timestamp. */
  readonly isTerminating: boolean;
  /** It has run to its end (`Succeeded`, `Failed`). */
  readonly isOver: boolean;
  /** Restarts of its containers, all together. */
  readonly restarts: number;
}

/** Where a session's traffic goes: a pod, a service, a workload. */
export interface SessionTarget {
  /**
   * Chooses a pod that is not about to end, anew for each attempt.
   * @throws CodedError which of them retrying mends is for the session to say; the signal's reason when aborted.
   */
  resolve(options: ResolveOptions): Promise<ResolvedTarget>;
  /**
   * Looks at one pod itself; undefined where there is none of its name any more.
   * @throws CodedError where it cannot be looked at; the signal's reason when aborted
   */
  inspect(pod: PodReference, signal: AbortSignal): Promise<PodState | undefined>;
  /**
   * Follows the target until disposed of. Called after the first `resolve` has succeeded. What this user may not look at
   * stays untold: the tunnel tells of its end as well, if later.
   */
  watch(observer: TargetObserver): Disposable;
}

/** Receives what becomes of a target. */
export interface TargetObserver {
  /** All pods of the target, at first and whenever one changes. */
  onPods(pods: readonly PodState[]): void;
  /** The target leads to another pod or port now than the last `resolve` said. @param target `service/web` */
  onChanged(target: string): void;
  /** Another try may succeed: the target has come back, or somebody has signed in. */
  onSeen(): void;
}

/** Finds out when a server that was lost is back. */
export interface ServerProbe {
  /**
   * Resolves when the server has answered anything at all.
   * @param onFailure told why it has not yet
   */
  untilReachable(config: RestConfig, signal: AbortSignal, onFailure: (error: unknown) => void): Promise<void>;
}
