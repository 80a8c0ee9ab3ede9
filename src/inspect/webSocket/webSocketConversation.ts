import type { Conversation } from '../conversation.ts';
import type { OpenExchange } from '../openExchange.ts';
import { FrameCounter } from './frameCounter.ts';

/** A WebSocket (RFC 6455) after its handshake: counts messages and their bytes in both directions. */
export class WebSocketConversation implements Conversation {
  readonly #exchange: OpenExchange;
  readonly #fromClient = new FrameCounter();
  readonly #fromPod = new FrameCounter();

  constructor(exchange: OpenExchange) {
    this.#exchange = exchange;
    exchange.update({ requestMessages: 0, responseMessages: 0 }, 'websocket');
  }

  fromClient(chunk: Buffer, _atMs: number): void {
    const bytes = this.#fromClient.read(chunk);
    this.#exchange.update({ requestMessages: this.#fromClient.messages });
    this.#exchange.addRequestBytes(bytes);
  }

  fromPod(chunk: Buffer, _atMs: number): void {
    const bytes = this.#fromPod.read(chunk);
    this.#exchange.update({ responseMessages: this.#fromPod.messages });
    this.#exchange.addResponseBytes(bytes);
  }

  podEnded(_atMs: number): void {}

  end(atMs: number, _reason: string): void {
    const isClosed = this.#fromClient.hasClosed || this.#fromPod.hasClosed;
    this.#exchange.finish(atMs, isClosed ? undefined : 'the connection ended without a close message');
  }
}
