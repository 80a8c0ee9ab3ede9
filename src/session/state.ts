import type { Backoff } from '../base/backoff.ts';
import type { CodedError } from '../base/errors.ts';
import type { TransportName } from '../kinds/transports.ts';
import type { PodReference } from '../portforward/transport/transport.ts';

/**
 * Where a session stands. `attempt` is the number of the attempt whose events count; what an older one still has to say is
 * not heard.
 */
export type SessionState =
  | { readonly type: 'starting'; readonly attempt: number }
  | {
      readonly type: 'ready';
      readonly attempt: number;
      readonly pod: PodReference;
      readonly transport: TransportName;
      /** False for a pod that was taken although it is not Ready, because the target had no better one. */
      readonly isPodReady: boolean;
      /** On the clock. */
      readonly sinceMs: number;
    }
  | { readonly type: 'reconnecting'; readonly error: CodedError; readonly step: ReconnectStep }
  | { readonly type: 'stopping' }
  | { readonly type: 'stopped' }
  | { readonly type: 'failed'; readonly error: CodedError };

export type ReconnectStep =
  /** Choosing a pod and opening a tunnel to it. */
  | { readonly type: 'attempting'; readonly attempt: number }
  /** Until the timer fires, or the target says that another try may succeed. */
  | { readonly type: 'waiting'; readonly next: 'attempt' | 'probe' }
  /** Until the API server answers. */
  | { readonly type: 'probing' }
  /** The tunnel is there and carries what comes, but the pod is not Ready. */
  | {
      readonly type: 'unready';
      readonly attempt: number;
      readonly pod: PodReference;
      readonly transport: TransportName;
    };

/** How a session goes about its attempts. */
export interface SessionRules {
  /** Whether a forward that was lost is taken up again. */
  readonly reconnects: boolean;
  /** Whether it keeps trying before it was ever ready. */
  readonly retriesFirstAttempt: boolean;
  /** The first delay; the values after it come from `next()`. */
  readonly backoff: Backoff;
  /** How long a target that was reached before, and is gone, is waited for. 0: not at all. */
  readonly waitForTargetMs: number;
}

/** A trouble that is given up on when it has lasted for too long. */
export interface Deadline {
  readonly reason: 'gone' | 'forbidden';
  /** On the clock. */
  readonly atMs: number;
}

/** A state with what has to be remembered over several. A value, like the state. */
export interface SessionModel {
  readonly state: SessionState;
  /** The delay after the next attempt that fails. */
  readonly backoff: Backoff;
  /** The delay after the next tunnel that is lost as soon as it is there. */
  readonly unstable: Backoff;
  readonly lastAttempt: number;
  /** Attempts that failed since traffic could pass. */
  readonly failures: number;
  readonly wasConnected: boolean;
  /** Whether the target has had a Ready pod: reconnecting then waits for one. */
  readonly hasBeenReady: boolean;
  /** When what keeps the session from reconnecting becomes final. */
  readonly deadline?: Deadline | undefined;
}

/** What an attempt was at when it ended. */
export type AttemptPhase = 'resolving' | 'connecting' | 'connected';

/** What happens to the pod of the current attempt. */
export type PodChange =
  | 'ready'
  | 'unready'
  | 'terminating'
  | 'restarted'
  | 'gone'
  /** It is not Ready, and another pod of the target is. */
  | 'superseded'
  /** The target itself has changed, and leads to another pod or port now. */
  | 'unselected';

export type SessionEvent =
  | {
      readonly type: 'connected';
      readonly attempt: number;
      readonly pod: PodReference;
      readonly transport: TransportName;
      readonly isPodReady: boolean;
      readonly nowMs: number;
    }
  | {
      readonly type: 'ended';
      readonly attempt: number;
      readonly phase: AttemptPhase;
      readonly error: CodedError;
      readonly nowMs: number;
    }
  | {
      readonly type: 'pod';
      readonly attempt: number;
      readonly change: PodChange;
      /** The pod's name; for `unselected` the target's. */
      readonly name: string;
      readonly nowMs: number;
    }
  /** Something has changed that lets another try succeed: a pod, the target, the credentials. */
  | { readonly type: 'targetSeen' }
  | { readonly type: 'timer' }
  | { readonly type: 'reachable' }
  | { readonly type: 'unreachable'; readonly error: CodedError }
  /** The machine slept, or its clock was changed: what was connected may be no more. */
  | { readonly type: 'woke' }
  /** The user asks for another try, now. */
  | { readonly type: 'retry' }
  | { readonly type: 'stop' }
  /** All that the session held is released. */
  | { readonly type: 'closed' };

export type SessionEffect =
  | {
      readonly type: 'attempt';
      readonly attempt: number;
      /** Whether traffic has not passed yet since the start or the user's restart. */
      readonly isFirst: boolean;
      readonly hasBeenReady: boolean;
    }
  /** Cut it off. */
  | { readonly type: 'cancel'; readonly attempt: number }
  /** No new connections for it; those that are open go on to their end. */
  | { readonly type: 'drain'; readonly attempt: number }
  | { readonly type: 'setTimer'; readonly delayMs: number }
  | { readonly type: 'clearTimer' }
  | { readonly type: 'probe' }
  | { readonly type: 'stopProbe' }
  /** Stop listening and watching; what drains goes on. */
  | { readonly type: 'release' }
  /** Release everything, then say `closed`. */
  | { readonly type: 'close' };

export interface Transition {
  readonly model: SessionModel;
  readonly effects: readonly SessionEffect[];
}
