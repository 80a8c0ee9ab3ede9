import type { Conversation } from '../conversation.ts';
import type { OpenExchange } from '../openExchange.ts';

/**
 * Logs an HTTP/1 connection after its switch to another protocol, such as SPDY or a CONNECT tunnel. Counts the bytes of
 * this protocol, but does not parse them.
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
