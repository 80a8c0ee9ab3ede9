import { Duplex } from 'node:stream';
import type { Masking } from './frames.ts';
import { WebSocket } from './webSocket.ts';

/**
 * A byte stream whose bytes are sent in the binary messages of a WebSocket. Another protocol, such as SPDY, uses this
 * stream. The boundaries between the messages have no meaning.
 */
export class WebSocketStream extends Duplex {
  readonly #webSocket: WebSocket;

  /**
   * Takes ownership of `transport`: the byte stream after the WebSocket handshake. Ends the transport when this stream
   * is ended or destroyed.
   */
  constructor(transport: Duplex, options: { readonly role: 'client' | 'server'; readonly masking: Masking }) {
    super({ allowHalfOpen: false });
    this.#webSocket = new WebSocket(transport, {
      ...options,
      handlers: {
        onData: (piece) => this.push(piece),
        onEnd: (error) => {
          if (error === undefined) this.push(null);
          else this.destroy(error);
        },
      },
    });
  }

  override _read(): void {
    this.#webSocket.resume();
  }

  override _write(payload: Buffer, _encoding: BufferEncoding, callback: () => void): void {
    this.#webSocket.send([payload], callback);
  }

  override _writev(chunks: readonly { readonly chunk: Buffer }[], callback: () => void): void {
    this.#webSocket.send(
      chunks.map(({ chunk }) => chunk),
      callback,
    );
  }

  override _final(callback: () => void): void {
    this.#webSocket.close();
    callback();
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    if (error === null) this.#webSocket.close();
    else this.#webSocket.destroy();
    callback(error);
  }
}
