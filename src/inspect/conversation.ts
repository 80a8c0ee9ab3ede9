import type { ByteCount } from '../kinds/forwardCounters.ts';
import type { BeginExchange } from './openExchange.ts';

/**
 * Parses the bytes of one connection in one protocol, in both directions. The caller may reuse a chunk after the call,
 * so a conversation must copy the bytes that it keeps. `atMs` is the time of the call on the clock of the request log,
 * in milliseconds. After a method has thrown, only {@link end} is called.
 */
export interface Conversation {
  fromClient(chunk: Buffer, atMs: number): void;
  fromPod(chunk: Buffer, atMs: number): void;
  /** Called when the pod has sent its FIN. A response without a length is then complete. */
  podEnded(atMs: number): void;
  /**
   * Called when the connection has ended or is no longer logged. Ends the exchanges (requests with their responses)
   * that are in progress. The request log shows the reason as the note of each incomplete exchange.
   */
  end(atMs: number, reason: string): void;
}

/**
 * Thrown when the bytes of a connection can no longer be parsed. Logging of the connection then stops, and a row of the
 * request log shows the message. The connection itself continues.
 */
export class TapFault extends Error {}

export const CONNECTION_ENDED = 'the connection ended before the response was complete';

/**
 * What a {@link Conversation} gets when it is created: the byte counts of its connection, and a function that adds an
 * exchange to the request log.
 */
export interface ConversationContext {
  /** Includes the chunk that is being parsed. */
  readonly traffic: ByteCount;
  readonly begin: BeginExchange;
}
