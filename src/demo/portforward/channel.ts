import { Duplex } from 'node:stream';
import type { WebSocket } from '../../websocket/webSocket.ts';

const BUFFER_BYTES = 64 * 1024;

type Callback = (error?: Error | null) => void;

/**
 * One channel of a WebSocket, as a stream. The first byte of each message on the WebSocket is the number of a channel.
 */
export class Channel extends Duplex {
  readonly #webSocket: WebSocket;
  readonly #number: Buffer;
  readonly #onResume: () => void;
  #hasEnded = false;

  /** @param onResume called when the channel can accept more bytes after {@link receive} returned false */
  constructor(webSocket: WebSocket, number: number, onResume: () => void) {
    super({ allowHalfOpen: true, readableHighWaterMark: BUFFER_BYTES, writableHighWaterMark: BUFFER_BYTES });
    this.#webSocket = webSocket;
    this.#number = Buffer.of(number);
    this.#onResume = onResume;
    this.on('error', () => {});
  }

  /** Accepts bytes from the client. Returns false if the buffer is full; the caller must then wait for `onResume`. */
  receive(piece: Buffer): boolean {
    if (piece.length === 0 || this.destroyed || this.#hasEnded) return true;
    return this.push(piece);
  }

  /** Ends the readable side, because the client sends no more bytes. */
  receiveEnd(): void {
    if (this.destroyed || this.#hasEnded) return;
    this.#hasEnded = true;
    this.push(null);
  }

  override _read(): void {
    this.#onResume();
    this.#webSocket.resume();
  }

  override _write(payload: Buffer, _encoding: BufferEncoding, callback: Callback): void {
    this.#webSocket.send([this.#number, payload], callback);
  }
}
