import type { CodedError } from '../base/errors.ts';
import type { ForwardCounters } from './forwardCounters.ts';
import type { BoundAddress } from './ports.ts';
import type { TransportName } from './transports.ts';

/** A pod by its namespace and name. */
export interface PodReference {
  readonly namespace: string;
  readonly name: string;
}

/**
 * An event of a forward, of one of its tunnels, or of a connection of a local client. A tunnel is a connection to the
 * API server that carries connections of local clients to the pod.
 */
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

/** An event of one connection of a local client, or of one tunnel. */
export type ConnectionEvent = Exclude<ForwardEvent, { readonly type: 'starting' | 'ready' | 'stopped' }>;

/**
 * An event of a session. A session is a forward that reconnects. The log of the host, the terminal command and the
 * output channel of a window show these events to the user.
 */
export type ForwardNotice =
  | Exclude<ForwardEvent, { readonly type: 'ready' }>
  /** Local clients can connect to the pod: for the first time (`isFirst`), or again after a reconnection. */
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
   * There is no suitable pod yet. `error` says what the forward waits for: its code begins with `WAITING_FOR_`.
   */
  | { readonly type: 'waiting'; readonly error: CodedError }
  /**
   * The forward has lost its pod or could not connect to a pod. `attempt` is the number of the next attempt to connect.
   * It is 1 for the first attempt after the forward was ready.
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

/** A notice whose `type` is `T`. */
export type NoticeOf<T extends ForwardNotice['type']> = Extract<ForwardNotice, { readonly type: T }>;
