import type { BeginExchange } from './openExchange.ts';

/**
 * What two ends say to each other in one protocol. Chunks are views that are valid during the call only; times come from the injected
 * clock, in milliseconds. A call that throws is the last one, except {@link end}.
 */
export interface Conversation {
  fromClient(chunk: Buffer, atMs: number): void;
  fromPod(chunk: Buffer, atMs: number): void;
  /** The pod has sent its FIN: a response that lasts until then is complete. */
  podEnded(atMs: number): void;
  /** The connection is over, or nobody follows it any more. Ends what is open. */
  end(atMs: number, reason: string): void;
}

/** Why a conversation cannot be followed, in words for a row. Its connection goes on. */
export class TapFault extends Error {}

export const CONNECTION_ENDED = 'the connection ended before the response was complete';

/** The bytes of a connection until now, with those that a conversation is told of at the time. */
export interface ByteCount {
  readonly bytesSent: number;
  readonly bytesReceived: number;
}

/** What a conversation needs. */
export interface ConversationContext {
  readonly traffic: ByteCount;
  readonly begin: BeginExchange;
}
