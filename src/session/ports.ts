import type { Disposable } from '../base/disposable.ts';
import type { CodedError } from '../base/errors.ts';
import type { PodReference } from '../kinds/forwardNotice.ts';
import type { RestConfig } from '../rest/restConfig.ts';

/** The pod of one attempt, and the settings with which this program reaches it. */
export interface ChosenPod {
  readonly restConfig: RestConfig;
  /** `uid` is empty if the user has no permission to read the pod. The pod is then chosen by its name alone. */
  readonly pod: PodReference & { readonly uid: string };
  /** Whether the pod is Ready. A running pod that is not Ready is chosen only if the target has no Ready pod. */
  readonly isReady: boolean;
  /**
   * Whether the pod is already terminating. Such a pod is chosen only if the target has no other pod. Optional, default
   * false.
   */
  readonly isTerminating?: boolean;
  /** The numbers of the pod's ports, in the order of the remote ports that the session forwards. */
  readonly remotePorts: readonly number[];
}

export interface ChoosePodOptions {
  /**
   * True until the session is connected for the first time after its start, or after the user restarted it. While this
   * is true, an attempt may also choose a terminating pod, as kubectl does.
   */
  readonly isFirst: boolean;
  /**
   * How long to wait for a usable pod before `resolve` fails. If the target itself is a pod, the pod is usable when it
   * runs. Otherwise `hasBeenReady` decides whether a pod must also be Ready.
   */
  readonly podRunningTimeoutMs: number;
  /**
   * Whether the target had a Ready pod before. If so, `resolve` waits for a Ready pod: a pod that is not Ready is then
   * probably still starting, as in a rollout. Otherwise `resolve` also accepts a running pod that is not Ready, after a
   * short wait.
   */
  readonly hasBeenReady: boolean;
  /** Called with the reason why there is no suitable pod yet. The reason contains no credentials. */
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
  /** The number of restarts of all containers of the pod. */
  readonly restarts: number;
}

/** The target of a session: chooses pods and reports their changes. */
export interface SessionTarget {
  /**
   * Chooses a pod for an attempt.
   * @throws CodedError with any code, because the session decides which errors to retry; the signal's reason when
   *   aborted
   */
  resolve(options: ChoosePodOptions): Promise<ChosenPod>;
  /**
   * Returns how to reach the API server now. This may differ from what the last `resolve` returned, because a
   * kubeconfig may have changed. Sends no request.
   * @throws CodedError the errors of loading a kubeconfig; the signal's reason when aborted
   */
  currentRestConfig(signal: AbortSignal): Promise<RestConfig>;
  /**
   * Reads the current state of one pod. Undefined if no pod has this name.
   * @throws CodedError if the pod cannot be read; the signal's reason when aborted
   */
  inspect(pod: PodReference, signal: AbortSignal): Promise<PodState | undefined>;
  /**
   * Watches the target until the result is disposed of. Called after the first `resolve` has succeeded. While the user
   * is not permitted to list the target and its pods, the observer receives no pods and no changes. The session then
   * learns about its pod only from {@link inspect} and from the loss of the tunnel.
   */
  watch(observer: TargetObserver): Disposable;
}

/** Receives changes of a target. */
export interface TargetObserver {
  /** Called with all pods of the target, at first and after each change. */
  onPods(pods: readonly PodState[]): void;
  /**
   * Called when the target no longer leads to the pod and ports that the last `resolve` returned.
   * @param target the target as users see it, such as `service/web`
   */
  onChanged(target: string): void;
  /** Called when another attempt may succeed, because the target exists again or the user has signed in. */
  onSeen(): void;
}

/** Polls a lost API server until it answers again. */
export interface ServerProbe {
  /**
   * Resolves when the server has answered. An error that the server sends is an answer, too.
   * @param onFailure called with the error of each request that got no answer
   * @throws the signal's reason when aborted
   */
  untilReachable(config: RestConfig, signal: AbortSignal, onFailure: (error: unknown) => void): Promise<void>;
}
