import type { CodedError } from '../base/errors.ts';
import type { ForwardCounters } from '../kinds/forwardCounters.ts';
import type { BoundAddress } from '../kinds/ports.ts';
import type { TransportName } from '../kinds/transports.ts';
import type { ForwardEvent } from '../portforward/events.ts';
import type { PodReference } from '../portforward/transport/transport.ts';

/** An event of a connection or tunnel of any attempt. */
export type ConnectionEvent = Exclude<ForwardEvent, { readonly type: 'starting' | 'ready' | 'stopped' }>;

/** A step in the life of a session. */
export type SessionNotice =
  | ConnectionEvent
  | { readonly type: 'starting' }
  | { readonly type: 'bound'; readonly addresses: readonly BoundAddress[] }
  | { readonly type: 'podChosen'; readonly pod: PodReference; readonly remotePorts: readonly number[] }
  /** Traffic can pass, for the first time or again. `isPodReady` is false for a pod that merely runs. */
  | {
      readonly type: 'connected';
      readonly pod: PodReference;
      readonly transport: TransportName;
      readonly addresses: readonly BoundAddress[];
      readonly isPodReady: boolean;
      readonly isFirst: boolean;
    }
  /** The running pod became Ready. */
  | { readonly type: 'podReady'; readonly pod: PodReference }
  /** The pod was lost or replaced. `attempt` counts attempts since traffic last passed, from 1. */
  | {
      readonly type: 'reconnecting';
      readonly error: CodedError;
      readonly attempt: number;
      readonly delayMs: number;
    }
  | { readonly type: 'failed'; readonly error: CodedError }
  | { readonly type: 'stopped'; readonly counters: ForwardCounters };
