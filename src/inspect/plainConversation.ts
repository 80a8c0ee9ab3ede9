import type { ByteCount } from '../kinds/forwardCounters.ts';
import type { Conversation } from './conversation.ts';
import type { OpenExchange } from './openExchange.ts';

/** Logs a connection without parsing its bytes: only sizes and times are known. */
export class PlainConversation implements Conversation {
  readonly #exchange: OpenExchange;
  readonly #traffic: ByteCount;
  #hasAsked = false;

  /** @param exchange the exchange that represents the whole connection */
  constructor(exchange: OpenExchange, traffic: ByteCount) {
    this.#exchange = exchange;
    this.#traffic = traffic;
  }

  fromClient(_chunk: Buffer, _atMs: number): void {
    this.#hasAsked = true;
    this.#count();
  }

  fromPod(_chunk: Buffer, atMs: number): void {
    // Bytes that the pod sends before the first byte of the local client are not a response. Therefore such bytes do
    // not set the time of the response's first byte.
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
