import type { Disposable } from '../base/disposable.ts';
import type { CodedError } from '../base/errors.ts';
import type { PodReference } from '../kinds/forwardNotice.ts';
import type { RestConfig } from '../rest/restConfig.ts';

/** The pod of one attempt and the way to reach it. */
export interface ChosenPod {
  readonly restConfig: RestConfig;
  readonly pod: PodReference & { readonly uid: string };
  /** Whether the pod is Ready. A pod that merely runs is chosen only if none is Ready. */
  readonly isReady: boolean;
  /** Whether the pod, asked for by name, is already terminating. */
  readonly isTerminating?: boolean;
  /** The pod's ports in the order of the request. */
  readonly remotePorts: readonly number[];
}

export interface ChoosePodOptions {
  /** Whether traffic has not passed yet since the start or the user's restart. */
  readonly isFirst: boolean;
  /** How long to wait for the pod to run, or for a service or workload to have a usable pod. */
  readonly podRunningTimeoutMs: number;
  /**
   * Whether the target had a Ready pod before. If so, `resolve` waits for a Ready pod, so that a rollout sends nobody to a pod
   * that is still starting. Otherwise a running pod is taken after a moment.
   */
  readonly hasBeenReady: boolean;
  /** Called with the reason why there is no pod yet, which contains no credentials. */
  readonly onWaiting?: (reason: CodedError) => void;
  readonly signal: AbortSignal;
}

/** The facts about a pod that a session needs. */
export interface PodState {
  readonly uid: string;
  readonly name: string;
  readonly isReady: boolean;
  /** The pod has a deletion timestamp. */
  readonly isTerminating: boolean;
  /** The pod has ended (`Succeeded`, `Failed`). */
  readonly isCompleted: boolean;
  /** The sum of the restarts of the pod's containers. */
  readonly restarts: number;
}

/** The destination of a session: a pod, service or workload. */
export interface SessionTarget {
  /**
   * Chooses a pod that is not about to end; called for each attempt.
   * @throws CodedError of any kind (the session decides which errors retrying mends); the signal's reason when aborted
   */
  resolve(options: ChoosePodOptions): Promise<ChosenPod>;
  /**
   * Reads one pod; undefined if no pod has its name.
   * @throws CodedError if the pod cannot be read; the signal's reason when aborted
   */
  inspect(pod: PodReference, signal: AbortSignal): Promise<PodState | undefined>;
  /**
   * Follows the target until the result is disposed of. Called after the first `resolve` has succeeded. Without the permission to
   * watch nothing is reported: a lost tunnel still reports the pod's end, only later.
   */
  watch(observer: TargetObserver): Disposable;
}

/** Receives changes of a target. */
export interface TargetObserver {
  /** Called with all pods of the target, at first and after each change. */
  onPods(pods: readonly PodState[]): void;
  /** Called when the target leads to another pod or port than the last `resolve` said. @param target `service/web` */
  onChanged(target: string): void;
  /** Called when another try may succeed: the target came back or somebody signed in. */
  onSeen(): void;
}

/** Finds out when a lost server answers again. */
export interface ServerProbe {
  /**
   * Resolves when the server has given any answer.
   * @param onFailure called with the reason of each failed try
   */
  untilReachable(config: RestConfig, signal: AbortSignal, onFailure: (error: unknown) => void): Promise<void>;
}
