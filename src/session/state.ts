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
      /** False if the pod is not Ready. Such a pod is used if the target has no Ready pod. */
      readonly isPodReady: boolean;
      /** When the attempt was connected: a time on the session's clock, in milliseconds. */
      readonly sinceMs: number;
    }
  | { readonly type: 'reconnecting'; readonly error: CodedError; readonly step: ReconnectStep }
  | { readonly type: 'stopping' }
  | { readonly type: 'stopped' }
  | { readonly type: 'failed'; readonly error: CodedError };

export type ReconnectStep =
  /** An attempt is choosing a pod and opening a tunnel. */
  | { readonly type: 'attempting'; readonly attempt: number }
  /**
   * The session waits. When its timer fires, the session does what `next` says: it starts an attempt, or polls the
   * server first. If the target reports earlier that an attempt may succeed, the session starts an attempt.
   */
  | { readonly type: 'waiting'; readonly next: 'attempt' | 'probe' }
  /** The session polls the API server until the server answers. */
  | { readonly type: 'probing' }
  /**
   * The tunnel is open and can carry connections, but the pod is not Ready, although the target had a Ready pod before.
   */
  | {
      readonly type: 'unready';
      readonly attempt: number;
      readonly pod: PodReference;
      readonly transport: TransportName;
      /** When the attempt was connected: a time on the session's clock, in milliseconds. */
      readonly sinceMs: number;
    };

/** The options that decide how a session retries. */
export interface SessionRules {
  /** Whether the session reconnects after it lost its pod or the API server. Optional, default true. */
  readonly reconnects: boolean;
  /**
   * Whether the session listens at once, and retries until it is connected for the first time. If false, the session
   * listens only once it is connected, and a failure before that is final. Optional, default true.
   */
  readonly retriesFirstAttempt: boolean;
  /** The delay after the first failed attempt. `next()` returns the delay after the following failed attempt. */
  readonly backoff: Backoff;
  /**
   * How long to wait if the target no longer exists after the session was connected to it. The time starts with the
   * first attempt that does not find the target. Optional, default 10 minutes; 0 means no wait.
   */
  readonly waitForTargetMs: number;
}

/**
 * The time at which the session fails if its problem still lasts. The problem is that the target is `gone`, or that
 * the server forbids something that it allowed before (`forbidden`).
 */
export interface Deadline {
  readonly reason: 'gone' | 'forbidden';
  /** A time on the session's clock, in milliseconds. */
  readonly atMs: number;
}

/** The state of a session, and the data that it keeps from one state to the next. Immutable. */
export interface SessionModel {
  readonly state: SessionState;
  /** The pause after the next failed attempt. Grows each time another attempt fails, until the session is connected. */
  readonly backoff: Backoff;
  /**
   * The pause before the session reconnects if it loses its next tunnel within a second. Grows each time this happens
   * again, because a server may accept every tunnel and close it at once.
   */
  readonly unstable: Backoff;
  readonly lastAttempt: number;
  /** The number of attempts that failed since the session was last connected. */
  readonly failures: number;
  readonly wasConnected: boolean;
  /** Whether the target has had a Ready pod. If so, reconnecting waits for a Ready pod. */
  readonly hasBeenReady: boolean;
  /**
   * The time at which the session fails if the current problem still lasts. Undefined if the problem may last without a
   * limit.
   */
  readonly deadline?: Deadline | undefined;
}

/** The phases of an attempt, in this order. */
export type AttemptPhase = 'resolving' | 'connecting' | 'connected';

/** Why an attempt failed, and how far it had come. */
export interface AttemptFailure {
  readonly error: CodedError;
  readonly phase: AttemptPhase;
  /**
   * True if the attempt chose its pod by name alone, because the user has no permission to read pods. If the pod does
   * not exist, only the server's answer to the connection says so.
   */
  readonly isUnread: boolean;
}

/** A change of the pod of the current attempt. */
export type PodChange =
  | 'ready'
  | 'unready'
  | 'terminating'
  | 'restarted'
  | 'gone'
  /** The pod is not Ready, but another pod of the target is Ready. */
  | 'superseded'
  /**
   * A new connection failed, and only a new attempt can find the cause: the server refused the connection, or the user
   * has no permission to read the pod, so another pod may have its name now.
   */
  | 'doubtful'
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
  | ({ readonly type: 'ended'; readonly attempt: number; readonly nowMs: number } & AttemptFailure)
  | {
      readonly type: 'pod';
      readonly attempt: number;
      readonly change: PodChange;
      /** The name of the pod. For the change `unselected`, the name of the target. */
      readonly name: string;
      readonly nowMs: number;
    }
  /** Another attempt may succeed, because a pod, the target or the credentials have changed. */
  | { readonly type: 'targetSeen' }
  | { readonly type: 'timer' }
  | { readonly type: 'reachable' }
  | { readonly type: 'unreachable'; readonly error: CodedError }
  /** The machine slept or its clock was changed, so the tunnel may be lost. */
  | { readonly type: 'woke' }
  /** The user wants the session to start over now. */
  | { readonly type: 'retry' }
  | { readonly type: 'stop' }
  /** The effect `close` is complete. */
  | { readonly type: 'closed'; readonly counters: ForwardCounters };

export type SessionEffect =
  /** Fire the notice. Notices fire before {@link Session.onDidChange}. */
  | { readonly type: 'notify'; readonly notice: ForwardNotice }
  | {
      readonly type: 'attempt';
      readonly attempt: number;
      /**
       * True until the session is connected for the first time after its start, or after the user restarted it. While
       * this is true, an attempt may also choose a terminating pod, as kubectl does.
       */
      readonly isFirst: boolean;
      readonly hasBeenReady: boolean;
    }
  /** End the attempt and its connections at once. */
  | { readonly type: 'cancel'; readonly attempt: number }
  /** Pass no new connections to the attempt, and end it when its open connections have finished. */
  | { readonly type: 'drain'; readonly attempt: number }
  | { readonly type: 'setTimer'; readonly delayMs: number }
  | { readonly type: 'clearTimer' }
  | { readonly type: 'probe' }
  | { readonly type: 'stopProbe' }
  /** Stop listening and watching. Attempts whose open connections have not finished yet continue. */
  | { readonly type: 'release' }
  /** End the attempts, the listener and the watch, then dispatch the event `closed`. */
  | { readonly type: 'close' };

export interface Transition {
  readonly model: SessionModel;
  readonly effects: readonly SessionEffect[];
}
