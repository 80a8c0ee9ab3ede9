import type { BeginExchange } from './openExchange.ts';

/**
 * The exchange of bytes between two ends in one protocol. Chunks are views that are valid during the call only; times come from
 * the injected clock, in milliseconds. After a call that throws, only {@link end} is called.
 */
export interface Conversation {
  fromClient(chunk: Buffer, atMs: number): void;
  fromPod(chunk: Buffer, atMs: number): void;
  /** The pod sent its FIN: a response that lasts until then is complete. */
  podEnded(atMs: number): void;
  /** The connection has ended, or is no longer followed. Ends the open exchanges. */
  end(atMs: number, reason: string): void;
}

/** The reason why a conversation can no longer be read, as text for a row. The connection continues. */
export class TapFault extends Error {}

export const CONNECTION_ENDED = 'the connection ended before the response was complete';

/** The bytes of a connection so far, including those that the conversation is reading. */
export interface ByteCount {
  readonly bytesSent: number;
  readonly bytesReceived: number;
}

/** The parts that a conversation needs. */
export interface ConversationContext {
  readonly traffic: ByteCount;
  readonly begin: BeginExchange;
}
