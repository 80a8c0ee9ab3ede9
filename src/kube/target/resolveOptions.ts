import type { Clock } from '../../base/async.ts';
import type { CodedError } from '../../base/errors.ts';
import type { PortPair } from '../../kinds/ports.ts';
import type { Resource, ResourceTypes } from '../cluster/resources.ts';

/** Whether a pod has to be Ready. */
export type Readiness =
  /** The pod must be Ready, even if the service sets `publishNotReadyAddresses`. */
  | { readonly type: 'strict' }
  /** The pod must be Ready, except if the service sets `publishNotReadyAddresses`. */
  | { readonly type: 'required' }
  /**
   * A Ready pod is preferred. If no pod becomes Ready within `afterMs` milliseconds after the first running pod was
   * found, a running pod is used. If `afterMs` is 0, a running pod is used at once, as in kubectl.
   */
  | { readonly type: 'preferred'; readonly afterMs: number };

export interface ResolveOptions {
  /** How long to wait for a suitable pod, in milliseconds. Optional, default 60,000. */
  readonly podRunningTimeoutMs?: number;
  /**
   * Whether the pod has to be Ready. Optional, default `preferred`. The default for `afterMs` is 0 if the target is a
   * pod, and {@link TAKE_UNREADY_AFTER_MS} for all other targets.
   */
  readonly readiness?: Readiness;
  /**
   * True to accept a terminating pod whose containers still run, if there is no other pod. kubectl does this too.
   * Optional, default true.
   */
  readonly takesTerminating?: boolean;
  /**
   * True to use only pods that the target owns. If false, uses any pod that has the labels of the target, even a pod of
   * another owner. Optional, default false.
   */
  readonly ownedOnly?: boolean;
  readonly signal: AbortSignal;
  readonly clock?: Clock;
  /**
   * Called at most once, when the wait begins because no pod is suitable yet. The code of the error begins with
   * `WAITING_FOR_` and says what the wait is for.
   */
  readonly onWaiting?: (reason: CodedError) => void;
}

/**
 * The options for waiting until a pod is suitable: {@link ResolveOptions}, with the time limit and the readiness set.
 */
export type WaitOptions = ResolveOptions &
  Required<Pick<ResolveOptions, 'podRunningTimeoutMs' | 'readiness'>>;

/** How long to wait for a Ready pod, in milliseconds. After this time, a running pod that is not Ready is used. */
export const TAKE_UNREADY_AFTER_MS = 2_000;

/** The pod and the port numbers to which a forward leads at present. */
export interface ResolvedTarget {
  readonly pod: {
    readonly namespace: string;
    readonly name: string;
    /** Missing if the user may forward to pods but not read them. */
    readonly uid?: string;
  };
  /**
   * The object of the target: the pod itself, or the service or workload to which the pod belongs. Missing for a label
   * selector, or if the user may not read the pod.
   */
  readonly object?: ResourceTypes[Resource];
  /** True if the pod is Ready, or if the user may not read the pod. */
  readonly isReady: boolean;
  readonly isTerminating: boolean;
  readonly ports: readonly PortPair[];
}
