import type { Conversation } from '../conversation.ts';
import type { OpenExchange } from '../openExchange.ts';

/**
 * Counts the bytes of a protocol to which an HTTP/1 connection has switched, but does not parse them: a CONNECT tunnel,
 * SPDY, a terminal.
 */
export class OtherProtocol implements Conversation {
  readonly #exchange: OpenExchange;

  constructor(exchange: OpenExchange) {
    this.#exchange = exchange;
  }

  fromClient(chunk: Buffer, _atMs: number): void {
    this.#exchange.addRequestBytes(chunk.length);
  }

  fromPod(chunk: Buffer, _atMs: number): void {
    this.#exchange.addResponseBytes(chunk.length);
  }

  podEnded(_atMs: number): void {}

  end(atMs: number, _reason: string): void {
    this.#exchange.finish(atMs);
  }
}
