import type { Disposable } from '../base/disposable.ts';
import type { PodReference } from '../portforward/transport/transport.ts';
import type { RestConfig } from '../rest/restConfig.ts';

/** A pod chosen for one attempt, and how to reach it. */
export interface ResolvedTarget {
  readonly restConfig: RestConfig;
  readonly pod: PodReference & { readonly uid: string };
  /** Whether the pod is Ready; one that merely runs is chosen only where no other can be. */
  readonly isReady: boolean;
  /** The pod's ports, in the order of those that were asked for. */
  readonly remotePorts: readonly number[];
}

export interface ResolveOptions {
  /** How long a pod may take to run, or a service or workload to have a Ready one. Milliseconds. */
  readonly patienceMs: number;
  /** How long a pod that was asked for by name, and runs, is given to become Ready; then it is taken as it is. Milliseconds. */
  readonly readyPatienceMs: number;
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
   * Tells all pods of the target, now and whenever one changes, until disposed of. Where they cannot be watched it stays
   * silent: the tunnel tells of its end as well, if later. Called after the first `resolve` has succeeded.
   */
  watch(listener: (pods: readonly PodState[]) => void): Disposable;
}

/** Finds out when a server that was lost is back. */
export interface ServerProbe {
  /**
   * Resolves when the server has answered anything at all.
   * @param onFailure told why it has not yet
   */
  untilReachable(config: RestConfig, signal: AbortSignal, onFailure: (error: unknown) => void): Promise<void>;
}
