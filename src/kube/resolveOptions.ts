import type { Clock } from '../base/async.ts';
import type { CodedError } from '../base/errors.ts';
import type { PortPair } from '../kinds/ports.ts';
import type { Resource, ResourceTypes } from './resources.ts';

/** Whether a pod has to be Ready. */
export type Readiness =
  /** It has to be, whatever the target says. */
  | { readonly type: 'strict' }
  /** It has to be, unless the service publishes those that are not. */
  | { readonly type: 'required' }
  /** A ready one is preferred; one that has been running for `afterMs` is taken, as kubectl takes it at once. */
  | { readonly type: 'preferred'; readonly afterMs: number };

export interface ResolveOptions {
  /** How long to wait for a pod that will do; optional, default a minute. */
  readonly podRunningTimeoutMs?: number;
  /** Optional, default `preferred` after 2 s. */
  readonly readiness?: Readiness;
  /** Whether a pod that is terminating is taken while it runs, if there is no other, as kubectl does; optional, default true. */
  readonly takesTerminating?: boolean;
  /** Whether only pods that belong to the target will do, not all that carry its labels; optional, default false. */
  readonly ownedOnly?: boolean;
  readonly signal: AbortSignal;
  readonly clock?: Clock;
  /** Called where there is something to wait for, with what keeps it: `WAITING_FOR_POD` and the like. */
  readonly onWaiting?: (reason: CodedError) => void;
}

/** The pod and the port numbers that a forward goes to now. */
export interface ResolvedTarget {
  readonly pod: {
    readonly namespace: string;
    readonly name: string;
    /** Missing where this user may forward to pods but not look at them. */
    readonly uid?: string;
  };
  /** What was looked at: the pod, or the service or workload that led to it. Missing where neither may be looked at. */
  readonly object?: ResourceTypes[Resource];
  /** True, too, where the pod may not be looked at. */
  readonly isReady: boolean;
  readonly isTerminating: boolean;
  readonly ports: readonly PortPair[];
}
