import type { ByteCount, Conversation } from './conversation.ts';
import type { OpenExchange } from './openExchange.ts';

/** A connection with known sizes and times only. */
export class PlainConversation implements Conversation {
  readonly #exchange: OpenExchange;
  readonly #traffic: ByteCount;
  #hasAsked = false;

  /** @param exchange represents the whole connection */
  constructor(exchange: OpenExchange, traffic: ByteCount) {
    this.#exchange = exchange;
    this.#traffic = traffic;
  }

  fromClient(_chunk: Buffer, _atMs: number): void {
    this.#hasAsked = true;
    this.#count();
  }

  fromPod(_chunk: Buffer, atMs: number): void {
    // Bytes of a server that speaks first are no response.
    if (this.#hasAsked) this.#exchange.responded(atMs);
    this.#count();
  }

  podEnded(_atMs: number): void {}

  end(atMs: number, _reason: string): void {
    this.#count();
    this.#exchange.finish(atMs);
  }

  #count(): void {
    this.#exchange.setBytes(this.#traffic.bytesSent, this.#traffic.bytesReceived);
  }
}
