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
      /** The reason if neither of the two ends closed the connection. */
      readonly error?: CodedError;
    }
  | { readonly type: 'tunnelLost'; readonly error: CodedError }
  | { readonly type: 'transportRefused'; readonly transport: TransportName; readonly error: CodedError }
  | { readonly type: 'noHalfClose' }
  | { readonly type: 'stopped'; readonly counters: ForwardCounters };

/** An event of a connection or tunnel of any attempt. */
export type ConnectionEvent = Exclude<ForwardEvent, { readonly type: 'starting' | 'ready' | 'stopped' }>;

/**
 * The notices of a forward that reconnects. The log of the host, the lines of a terminal and the output of a window are made from them: each
 * has a sentence for each type.
 */
export type ForwardNotice =
  | Exclude<ForwardEvent, { readonly type: 'ready' }>
  /** Traffic can pass, for the first time or again. */
  | (Extract<ForwardEvent, { readonly type: 'ready' }> & {
      /** False for a pod that merely runs. */
      readonly isPodReady: boolean;
      readonly isFirst: boolean;
    })
  /** The running pod became Ready. */
  | { readonly type: 'podReady'; readonly pod: PodReference }
  | { readonly type: 'bound'; readonly addresses: readonly BoundAddress[] }
  | { readonly type: 'podChosen'; readonly pod: PodReference; readonly remotePorts: readonly number[] }
  /** There is no suitable pod yet: `WAITING_FOR_POD` or similar. */
  | { readonly type: 'waiting'; readonly error: CodedError }
  /** The pod was lost or replaced. `attempt` counts attempts since traffic last passed, from 1. */
  | {
      readonly type: 'reconnecting';
      readonly error: CodedError;
      readonly attempt: number;
      readonly delayMs: number;
    }
  /** There has been no connection for `forMs`. */
  | {
      readonly type: 'outage';
      readonly error: CodedError;
      readonly forMs: number;
      /** Whether the API server does not answer. */
      readonly isServerSilent: boolean;
    }
  | { readonly type: 'failed'; readonly error: CodedError };

/** One type of notice. */
export type NoticeOf<T extends ForwardNotice['type']> = Extract<ForwardNotice, { readonly type: T }>;
