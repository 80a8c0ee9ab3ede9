import { Duplex } from 'node:stream';
import { ResetStatus } from './frames.ts';
import type { WriteCallback } from './frameWriter.ts';
import type { Headers } from './headerBlock.ts';

/**
 * The number of bytes that a stream buffers for a slow reader. When the buffer is full, the whole connection stops
 * reading.
 */
export const STREAM_BUFFER_BYTES = 64 * 1024;

/**
 * A received piece is a part of a larger chunk (`subarray`), and keeps the whole chunk in memory. If a piece has to
 * wait for its reader, and the chunk is at least this many times as large, the piece is copied, so that the memory of
 * the chunk can be freed.
 */
const MAX_KEPT_SHARE = 8;

/** The error of a stream that the peer has reset, or that the peer will never process according to its GOAWAY. */
export class StreamResetError extends Error {
  /** A value of {@link ResetStatus}. */
  readonly status: number;

  constructor(status: number) {
    super(`stream reset by peer (status ${status})`);
    this.name = 'StreamResetError';
    this.status = status;
  }
}

/** The methods of a connection that its streams call. */
export interface StreamCarrier {
  /** Sends the payloads without copying them. Calls `callback` when the stream may send more. */
  sendData(streamId: number, payloads: readonly Buffer[], callback: WriteCallback): void;
  /** Drops the bytes that `sendData` has not sent yet, and calls the callback of `sendData`. */
  dropData(streamId: number): void;
  sendFin(streamId: number): void;
  sendReply(streamId: number, headers: Iterable<readonly [string, string]>): void;
  sendReset(streamId: number, status: number): void;
  /** Tells the connection that the reader of the stream accepts bytes again. */
  unblock(stream: SpdyStream): void;
  /** Tells the connection that both sides of the stream have ended, or that the stream was reset. */
  remove(stream: SpdyStream): void;
}

/**
 * One stream of a connection. `end()` closes only this side. The event `end` means that the peer has closed its side
 * (FIN). `destroy()` before both sides have ended sends a reset. A reset from the peer destroys the stream with a
 * {@link StreamResetError}. The code that opened or accepted the stream owns the stream. The end of the connection
 * destroys the stream too.
 */
export class SpdyStream extends Duplex {
  readonly id: number;
  readonly headers: Headers;
  readonly #carrier: StreamCarrier;
  #isLocalDone = false;
  #isRemoteDone = false;
  #isCutOff = false;

  /** Called only by `SpdyConnection`. */
  constructor(carrier: StreamCarrier, id: number, headers: Headers) {
    super({
      allowHalfOpen: true,
      readableHighWaterMark: STREAM_BUFFER_BYTES,
      writableHighWaterMark: STREAM_BUFFER_BYTES,
    });
    this.#carrier = carrier;
    this.id = id;
    this.headers = headers;
    // Without a callback for the event `error`, a reset by the peer would crash the process. The owner may already have
    // removed its own callbacks.
    this.on('error', () => {});
  }

  /** Accepts a stream that the peer opened (SYN_REPLY). */
  reply(headers: Iterable<readonly [string, string]> = []): void {
    if (!this.#isLocalDone && !this.#isCutOff && !this.destroyed) this.#carrier.sendReply(this.id, headers);
  }

  /** Resets both sides of the stream (RST_STREAM). */
  reset(status: number = ResetStatus.cancel): void {
    if (this.destroyed) return;
    this.#cutOff(status);
    this.destroy();
  }

  /** Called by the connection when bytes have arrived. Returns false if the connection must stop reading for now. */
  receive(payload: Buffer): boolean {
    if (this.#isRemoteDone || this.destroyed) return true;
    return this.push(this.readableLength > 0 ? detached(payload) : payload);
  }

  /** Called by the connection when the peer has closed its side. */
  receiveFin(): void {
    if (this.#isRemoteDone || this.destroyed) return;
    this.#isRemoteDone = true;
    this.push(null);
    // No more bytes will arrive, so a full buffer of this stream is no longer a reason to pause the connection.
    this.#carrier.unblock(this);
  }

  /**
   * Called by the connection for a unidirectional stream that the peer opened. Only the peer sends on such a stream.
   * Ends this side without sending a FIN, because the peer expects none.
   */
  endUnsaid(): void {
    this.#isLocalDone = true;
    this.end();
  }

  /** Called by the connection when the peer has reset the stream. */
  receiveReset(status: number): void {
    this.lose(new StreamResetError(status));
  }

  /**
   * Called by the connection when the peer has reset the stream or the connection is lost. Without a FIN of the peer,
   * the stream fails with the error at once. If the FIN has arrived, the stream can still be read to its end. After
   * that, the stream fails with the error if this side has not sent its FIN. If both sides have sent their FIN, ignores
   * the error.
   */
  lose(error: Error): void {
    if (this.#isCutOff) return;
    if (!this.#isRemoteDone || this.readableEnded) return this.abandon(error);
    if (this.#isLocalDone) return;
    this.#isCutOff = true;
    this.#carrier.dropData(this.id);
    this.once('end', () => this.destroy(error));
  }

  /**
   * Destroys the stream without sending a reset, because a reset would have no effect: the peer has reset the stream,
   * or the connection has ended.
   */
  abandon(error: Error): void {
    this.#isCutOff = true;
    this.destroy(error);
  }

  override _read(): void {
    this.#carrier.unblock(this);
  }

  override _write(payload: Buffer, _encoding: BufferEncoding, callback: WriteCallback): void {
    this.#send([payload], callback);
  }

  override _writev(chunks: readonly { readonly chunk: Buffer }[], callback: WriteCallback): void {
    this.#send(
      chunks.map(({ chunk }) => chunk),
      callback,
    );
  }

  override _final(callback: WriteCallback): void {
    if (!this.#isLocalDone && !this.#isCutOff) this.#carrier.sendFin(this.id);
    this.#isLocalDone = true;
    callback();
  }

  override _destroy(error: Error | null, callback: WriteCallback): void {
    this.#cutOff(ResetStatus.cancel);
    this.#carrier.remove(this);
    callback(error);
  }

  #send(payloads: readonly Buffer[], callback: WriteCallback): void {
    if (this.#isCutOff) callback();
    else this.#carrier.sendData(this.id, payloads, callback);
  }

  #cutOff(status: number): void {
    if (this.#isCutOff || (this.#isLocalDone && this.#isRemoteDone)) return;
    this.#isCutOff = true;
    this.#carrier.sendReset(this.id, status);
  }
}

/**
 * Copies a small piece that waits for its reader, because a piece is a part of a larger chunk (`subarray`), and would
 * keep the whole chunk in memory. Returns a larger piece unchanged.
 */
function detached(payload: Buffer): Buffer {
  if (payload.length * MAX_KEPT_SHARE > payload.buffer.byteLength) return payload;
  const copy = Buffer.allocUnsafeSlow(payload.length);
  payload.copy(copy);
  return copy;
}
