import type { Backoff } from '../base/backoff.ts';
import type { CodedError } from '../base/errors.ts';
import type { ForwardCounters } from '../kinds/forwardCounters.ts';
import type { ForwardNotice, PodReference } from '../kinds/forwardNotice.ts';
import type { BoundAddress } from '../kinds/ports.ts';
import type { TransportName } from '../kinds/transports.ts';

/** The state of a session. `attempt` is the number of the current attempt; events of older attempts are ignored. */
export type SessionState =
  | { readonly type: 'starting'; readonly attempt: number }
  | {
      readonly type: 'ready';
      readonly attempt: number;
      readonly pod: PodReference;
      readonly transport: TransportName;
      /** False for a pod that is not Ready and was taken because the target had no better one. */
      readonly isPodReady: boolean;
      /** A time of the session's clock. */
      readonly sinceMs: number;
    }
  | { readonly type: 'reconnecting'; readonly error: CodedError; readonly step: ReconnectStep }
  | { readonly type: 'stopping' }
  | { readonly type: 'stopped' }
  | { readonly type: 'failed'; readonly error: CodedError };

export type ReconnectStep =
  /** The attempt chooses a pod and opens a tunnel. */
  | { readonly type: 'attempting'; readonly attempt: number }
  /** Lasts until the timer fires or the target says that another try may succeed. */
  | { readonly type: 'waiting'; readonly next: 'attempt' | 'probe' }
  /** Lasts until the API server answers. */
  | { readonly type: 'probing' }
  /** The tunnel is open and carries connections, but the pod is not Ready. */
  | {
      readonly type: 'unready';
      readonly attempt: number;
      readonly pod: PodReference;
      readonly transport: TransportName;
    };

/** The options that decide how a session retries. */
export interface SessionRules {
  /** Whether the session reconnects after it lost its pod or server. Optional, default true. */
  readonly reconnects: boolean;
  /**
   * Whether the session listens at once and keeps trying before it was ever ready. Optional, default true. If false, the first
   * failure is final, and the session listens only once traffic can pass.
   */
  readonly retriesFirstAttempt: boolean;
  /** The first delay; `next()` gives the later ones. */
  readonly backoff: Backoff;
  /** How long to wait for a target that is deleted after it was reached. Optional, default 10 minutes. 0: not at all. */
  readonly waitForTargetMs: number;
}

/** The time at which a problem that lasts becomes final. */
export interface Deadline {
  readonly reason: 'gone' | 'forbidden';
  /** A time of the session's clock. */
  readonly atMs: number;
}

/** A session's state and the facts that outlast a state. Immutable. */
export interface SessionModel {
  readonly state: SessionState;
  /** The delay after the next failed attempt. */
  readonly backoff: Backoff;
  /** The delay after the next tunnel that is lost right after it opened. */
  readonly unstable: Backoff;
  readonly lastAttempt: number;
  /** Attempts that failed since traffic last passed. */
  readonly failures: number;
  readonly wasConnected: boolean;
  /** Whether the target has had a Ready pod. If so, reconnecting waits for a Ready pod. */
  readonly hasBeenReady: boolean;
  /** The time at which the current problem becomes final. */
  readonly deadline?: Deadline | undefined;
}

/** The phase in which an attempt ended. */
export type AttemptPhase = 'resolving' | 'connecting' | 'connected';

/** A change of the pod of the current attempt. */
export type PodChange =
  | 'ready'
  | 'unready'
  | 'terminating'
  | 'restarted'
  | 'gone'
  /** The pod is not Ready, and another pod of the target is. */
  | 'superseded'
  /** The target has changed and leads to another pod or port. */
  | 'unselected';

export type SessionEvent =
  | {
      readonly type: 'connected';
      readonly attempt: number;
      readonly pod: PodReference;
      readonly transport: TransportName;
      readonly isPodReady: boolean;
      readonly addresses: readonly BoundAddress[];
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
      /** The pod's name; for `unselected`, the target's. */
      readonly name: string;
      readonly nowMs: number;
    }
  /** A change of a pod, the target or the credentials may let another try succeed. */
  | { readonly type: 'targetSeen' }
  | { readonly type: 'timer' }
  | { readonly type: 'reachable' }
  | { readonly type: 'unreachable'; readonly error: CodedError }
  /** The machine slept or its clock was changed, so the connection may be lost. */
  | { readonly type: 'woke' }
  /** The user asks for another try now. */
  | { readonly type: 'retry' }
  | { readonly type: 'stop' }
  /** Everything that the session held is released. */
  | { readonly type: 'closed'; readonly counters: ForwardCounters };

export type SessionEffect =
  /** Send the notice to the listeners before the change of the state. */
  | { readonly type: 'tell'; readonly notice: ForwardNotice }
  | {
      readonly type: 'attempt';
      readonly attempt: number;
      /** Whether traffic has not passed yet since the start or the user's restart. */
      readonly isFirst: boolean;
      readonly hasBeenReady: boolean;
    }
  /** Cut the attempt off. */
  | { readonly type: 'cancel'; readonly attempt: number }
  /** Give the attempt no new connections and let the open ones finish. */
  | { readonly type: 'drain'; readonly attempt: number }
  | { readonly type: 'setTimer'; readonly delayMs: number }
  | { readonly type: 'clearTimer' }
  | { readonly type: 'probe' }
  | { readonly type: 'stopProbe' }
  /** Stop listening and watching; draining attempts continue. */
  | { readonly type: 'release' }
  /** Release everything, then report `closed`. */
  | { readonly type: 'close' };

export interface Transition {
  readonly model: SessionModel;
  readonly effects: readonly SessionEffect[];
}
