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
   * A Ready pod is preferred. If no pod becomes Ready within `afterMs` after the first running pod was found, a running
   * pod is used. With 0, a running pod is used at once, as in kubectl.
   */
  | { readonly type: 'preferred'; readonly afterMs: number };

export interface ResolveOptions {
  /** How long to wait for a suitable pod. Optional, default a minute. */
  readonly podRunningTimeoutMs?: number;
  /**
   * Whether the pod has to be Ready. Optional, default `preferred`: with `afterMs` 0 for the target kind Pod, and 2 s
   * for all others.
   */
  readonly readiness?: Readiness;
  /**
   * True to use a terminating pod whose containers still run if there is no other pod, as kubectl does. Optional,
   * default true.
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
   * Called at most once, when the wait begins because no pod is suitable yet. The error says why: `WAITING_FOR_POD` or
   * similar.
   */
  readonly onWaiting?: (reason: CodedError) => void;
}

/** The options of a wait for a pod, after missing options have got their defaults. */
export type WaitOptions = ResolveOptions &
  Required<Pick<ResolveOptions, 'podRunningTimeoutMs' | 'readiness'>>;

/** How long to wait for a Ready pod, in milliseconds. After this time, a running pod that is not Ready is used. */
export const TAKE_UNREADY_AFTER_MS = 2_000;

/** The pod and the port numbers that a forward leads to now. */
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
