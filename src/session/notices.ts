import type { CodedError } from '../base/errors.ts';
import type { ForwardCounters } from '../kinds/forwardCounters.ts';
import type { BoundAddress } from '../kinds/ports.ts';
import type { TransportName } from '../kinds/transports.ts';
import type { ForwardEvent } from '../portforward/events.ts';
import type { PodReference } from '../portforward/transport/transport.ts';

/** What happens to connections and tunnels, whichever attempt they belong to. */
export type ConnectionEvent = Exclude<ForwardEvent, { readonly type: 'starting' | 'ready' | 'stopped' }>;

/** A step in the life of a forward that lasts. */
export type SessionNotice =
  | ConnectionEvent
  | { readonly type: 'starting' }
  | { readonly type: 'bound'; readonly addresses: readonly BoundAddress[] }
  | { readonly type: 'podChosen'; readonly pod: PodReference; readonly remotePorts: readonly number[] }
  /** Traffic can pass: the first time, or again. `isPodReady` tells whether it is more than running. */
  | {
      readonly type: 'connected';
      readonly pod: PodReference;
      readonly transport: TransportName;
      readonly addresses: readonly BoundAddress[];
      readonly isPodReady: boolean;
      readonly isFirst: boolean;
    }
  /** The pod that runs has become ready. */
  | { readonly type: 'podReady'; readonly pod: PodReference }
  /** Traffic cannot pass, or not to the pod that it went to. `attempt` counts from 1 the attempts since it could. */
  | {
      readonly type: 'reconnecting';
      readonly error: CodedError;
      readonly attempt: number;
      readonly delayMs: number;
    }
  | { readonly type: 'failed'; readonly error: CodedError }
  | { readonly type: 'stopped'; readonly counters: ForwardCounters };
