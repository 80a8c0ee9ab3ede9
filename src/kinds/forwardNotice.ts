import type { CodedError } from '../base/errors.ts';
import type { ForwardCounters } from './forwardCounters.ts';
import type { BoundAddress } from './ports.ts';
import type { TransportName } from './transports.ts';

/** A pod by its namespace and name. */
export interface PodReference {
  readonly namespace: string;
  readonly name: string;
}

/** A step in the life of a forward or of a connection through it. */
export type ForwardEvent =
  | { readonly type: 'starting' }
  | {
      readonly type: 'ready';
      readonly pod: PodReference;
      readonly transport: TransportName;
      readonly addresses: readonly BoundAddress[];
    }
  | { readonly type: 'connection'; readonly connection: number; readonly address: BoundAddress }
  | {
      readonly type: 'connectionEnded';
      readonly connection: number;
      readonly address: BoundAddress;
      readonly bytesSent: number;
      readonly bytesReceived: number;
      /** The reason why the connection ended. Missing if the local client or the pod closed the connection. */
      readonly error?: CodedError;
    }
  | { readonly type: 'tunnelLost'; readonly error: CodedError }
  | { readonly type: 'transportRefused'; readonly transport: TransportName; readonly error: CodedError }
  | { readonly type: 'noHalfClose' }
  | { readonly type: 'stopped'; readonly counters: ForwardCounters };

/** An event of one connection or tunnel. */
export type ConnectionEvent = Exclude<ForwardEvent, { readonly type: 'starting' | 'ready' | 'stopped' }>;

/**
 * A step in the life of a session (a forward that reconnects). The host's log, the terminal and the output of a window
 * describe such steps to the user.
 */
export type ForwardNotice =
  | Exclude<ForwardEvent, { readonly type: 'ready' }>
  /** Local clients can connect to the pod, for the first time or again. */
  | (Extract<ForwardEvent, { readonly type: 'ready' }> & {
      /** False if the pod is running, but not Ready. */
      readonly isPodReady: boolean;
      readonly isFirst: boolean;
    })
  /** The pod of the forward was running but not Ready, and has become Ready. */
  | { readonly type: 'podReady'; readonly pod: PodReference }
  | { readonly type: 'bound'; readonly addresses: readonly BoundAddress[] }
  | { readonly type: 'podChosen'; readonly pod: PodReference; readonly remotePorts: readonly number[] }
  /**
   * There is no suitable pod yet. The code of `error` begins with `WAITING_FOR_` and says what the forward waits for.
   */
  | { readonly type: 'waiting'; readonly error: CodedError }
  /**
   * The forward has lost its pod or could not connect to a pod. `attempt` is the number of the next attempt to connect.
   * After each time that the forward was ready, the numbers begin with 1 again.
   */
  | {
      readonly type: 'reconnecting';
      readonly error: CodedError;
      readonly attempt: number;
      readonly delayMs: number;
    }
  /** The forward has not been connected to a pod for `forMs` milliseconds. */
  | {
      readonly type: 'outage';
      readonly error: CodedError;
      readonly forMs: number;
      /** True if the API server does not answer. */
      readonly isServerSilent: boolean;
    }
  | { readonly type: 'failed'; readonly error: CodedError };

/** One type of notice. */
export type NoticeOf<T extends ForwardNotice['type']> = Extract<ForwardNotice, { readonly type: T }>;
