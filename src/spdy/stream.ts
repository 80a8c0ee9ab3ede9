import { Duplex } from 'node:stream';
import { ResetStatus } from './frames.ts';
import type { Headers } from './headerBlock.ts';

/** Bytes that a stream holds for a slow reader before its whole connection stops reading. */
export const STREAM_BUFFER_BYTES = 64 * 1024;

/** The peer, or the end of the connection, cut a stream off. */
export class StreamResetError extends Error {
  /** A value of {@link ResetStatus}. */
  readonly status: number;

  constructor(status: number) {
    super(`stream reset by peer (status ${status})`);
    this.name = 'StreamResetError';
    this.status = status;
  }
}

/** What a stream needs of its connection. */
export interface StreamCarrier {
  /** Sends the payloads as one frame, uncopied; calls back when the next may come. */
  sendData(streamId: number, payloads: readonly Buffer[], callback: (error?: Error | null) => void): void;
  sendFin(streamId: number): void;
  sendReply(streamId: number, headers: Iterable<readonly [string, string]>): void;
  sendReset(streamId: number, status: number): void;
  /** The reader has room again. */
  unblock(stream: SpdyStream): void;
  /** The stream is over on both sides, or was cut off. */
  remove(stream: SpdyStream): void;
}

/**
 * One stream of a connection. `end()` closes this side alone; the peer's FIN is the `end` event. `destroy()` before both
 * sides have ended sends a reset; one that arrives destroys the stream with a {@link StreamResetError}. Owned by whoever
 * opened or accepted it; the end of the connection destroys it too.
 */
export class SpdyStream extends Duplex {
  readonly id: number;
  readonly headers: Headers;
  readonly #carrier: StreamCarrier;
  #isLocalDone = false;
  #isRemoteDone = false;
  #isCutOff = false;

  /** Made by a connection only. */
  constructor(carrier: StreamCarrier, id: number, headers: Headers) {
    super({
      allowHalfOpen: true,
      readableHighWaterMark: STREAM_BUFFER_BYTES,
      writableHighWaterMark: STREAM_BUFFER_BYTES,
    });
    this.#carrier = carrier;
    this.id = id;
    this.headers = headers;
    // A reset is the peer's doing: it must not end the process of an owner who has just let go.
    this.on('error', () => {});
  }

  /** Accepts a stream that the peer opened (SYN_REPLY). */
  reply(headers: Iterable<readonly [string, string]> = []): void {
    if (!this.destroyed) this.#carrier.sendReply(this.id, headers);
  }

  /** Cuts the stream off on both sides (RST_STREAM). */
  reset(status: number = ResetStatus.cancel): void {
    if (this.destroyed) return;
    this.#cutOff(status);
    this.destroy();
  }

  /** For the connection: bytes arrived. Returns whether more may come at once. */
  receive(payload: Buffer): boolean {
    return this.#isRemoteDone || this.destroyed ? true : this.push(payload);
  }

  /** For the connection: the peer closed its side. */
  receiveFin(): void {
    if (this.#isRemoteDone || this.destroyed) return;
    this.#isRemoteDone = true;
    this.push(null);
  }

  /** For the connection: the peer reset the stream. */
  receiveReset(status: number): void {
    this.#isCutOff = true;
    this.destroy(new StreamResetError(status));
  }

  /** For the connection: it has ended, and with it the stream. */
  abandon(error: Error): void {
    this.#isCutOff = true;
    this.destroy(error);
  }

  override _read(): void {
    this.#carrier.unblock(this);
  }

  override _write(
    payload: Buffer,
    _encoding: BufferEncoding,
    callback: (error?: Error | null) => void,
  ): void {
    this.#carrier.sendData(this.id, [payload], callback);
  }

  override _writev(
    chunks: readonly { readonly chunk: Buffer }[],
    callback: (error?: Error | null) => void,
  ): void {
    this.#carrier.sendData(
      this.id,
      chunks.map(({ chunk }) => chunk),
      callback,
    );
  }

  override _final(callback: (error?: Error | null) => void): void {
    this.#isLocalDone = true;
    this.#carrier.sendFin(this.id);
    callback();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    if (!(this.#isLocalDone && this.#isRemoteDone)) this.#cutOff(ResetStatus.cancel);
    this.#carrier.remove(this);
    callback(error);
  }

  #cutOff(status: number): void {
    if (this.#isCutOff) return;
    this.#isCutOff = true;
    this.#carrier.sendReset(this.id, status);
  }
}
