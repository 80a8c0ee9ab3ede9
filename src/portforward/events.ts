import type { CodedError } from '../base/errors.ts';
import type { ForwardCounters } from '../kinds/forwardCounters.ts';
import type { BoundAddress } from '../kinds/ports.ts';
import type { TransportName } from '../kinds/transports.ts';
import type { PodReference } from './transport/transport.ts';

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
