import type { Clock } from '../../base/async.ts';
import type { CodedError } from '../../base/errors.ts';
import type { PortPair } from '../../kinds/ports.ts';
import type { Resource, ResourceTypes } from '../cluster/resources.ts';

/** Whether a pod has to be Ready. */
export type Readiness =
  /** The pod must be Ready, even if the target says otherwise. */
  | { readonly type: 'strict' }
  /** The pod must be Ready, unless the service publishes addresses that are not. */
  | { readonly type: 'required' }
  /** A Ready pod is preferred. A pod that has been running for `afterMs` is taken otherwise; kubectl takes it at once. */
  | { readonly type: 'preferred'; readonly afterMs: number };

export interface ResolveOptions {
  /** How long to wait for a suitable pod. Optional, default a minute. */
  readonly podRunningTimeoutMs?: number;
  /** Optional, default `preferred` after 2 s. */
  readonly readiness?: Readiness;
  /** True to take a terminating pod that still runs, as kubectl does, if there is no other. Optional, default true. */
  readonly takesTerminating?: boolean;
  /** True to take only pods that belong to the target, and not all that have its labels. Optional, default false. */
  readonly ownedOnly?: boolean;
  readonly signal: AbortSignal;
  readonly clock?: Clock;
  /** Called with the reason for waiting: `WAITING_FOR_POD` or similar. */
  readonly onWaiting?: (reason: CodedError) => void;
}

/** The options of a wait for a pod, with their defaults. */
export type WaitOptions = ResolveOptions &
  Required<Pick<ResolveOptions, 'podRunningTimeoutMs' | 'readiness'>>;

/** How long a running pod must exist before it is taken although it is not Ready: another pod may be Ready in a moment. */
export const TAKE_UNREADY_AFTER_MS = 2_000;

/** The pod and the port numbers that a forward leads to now. */
export interface ResolvedTarget {
  readonly pod: {
    readonly namespace: string;
    readonly name: string;
    /** Missing if the user may forward to pods but not read them. */
    readonly uid?: string;
  };
  /** The pod, or the service or workload that led to it. Missing if the user may not read it. */
  readonly object?: ResourceTypes[Resource];
  /** Also true if the user may not read the pod. */
  readonly isReady: boolean;
  readonly isTerminating: boolean;
  readonly ports: readonly PortPair[];
}
