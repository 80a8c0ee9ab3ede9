import { Duplex } from 'node:stream';
import { ResetStatus } from './frames.ts';
import type { WriteCallback } from './frameWriter.ts';
import type { Headers } from './headerBlock.ts';

/** How many bytes a stream holds for a slow reader before its whole connection stops reading. */
export const STREAM_BUFFER_BYTES = 64 * 1024;

/** A waiting piece may keep at most this many times its own bytes in memory. */
const MAX_KEPT_SHARE = 8;

/** The peer, or the end of the connection, reset a stream. */
export class StreamResetError extends Error {
  /** A value of {@link ResetStatus}. */
  readonly status: number;

  constructor(status: number) {
    super(`stream reset by peer (status ${status})`);
    this.name = 'StreamResetError';
    this.status = status;
  }
}

/** The part of a connection that a stream uses. */
export interface StreamCarrier {
  /** Sends the payloads without copying them. Calls back when the stream may send more. */
  sendData(streamId: number, payloads: readonly Buffer[], callback: WriteCallback): void;
  /** Drops the bytes that `sendData` has not sent yet, and calls back. */
  dropData(streamId: number): void;
  sendFin(streamId: number): void;
  sendReply(streamId: number, headers: Iterable<readonly [string, string]>): void;
  sendReset(streamId: number, status: number): void;
  /** The reader of the stream has room again. */
  unblock(stream: SpdyStream): void;
  /** Both sides of the stream have ended, or it was reset. */
  remove(stream: SpdyStream): void;
}

/**
 * One stream of a connection. `end()` closes only this side; the peer's FIN is the `end` event. `destroy()` before both
 * sides have ended sends a reset. A reset from the peer destroys the stream with a {@link StreamResetError}. The stream
 * belongs to the side that opened or accepted it; the end of the connection destroys it too.
 */
export class SpdyStream extends Duplex {
  readonly id: number;
  readonly headers: Headers;
  readonly #carrier: StreamCarrier;
  #isLocalDone = false;
  #isRemoteDone = false;
  #isCutOff = false;

  /** Only a connection creates streams. */
  constructor(carrier: StreamCarrier, id: number, headers: Headers) {
    super({
      allowHalfOpen: true,
      readableHighWaterMark: STREAM_BUFFER_BYTES,
      writableHighWaterMark: STREAM_BUFFER_BYTES,
    });
    this.#carrier = carrier;
    this.id = id;
    this.headers = headers;
    // Without a listener, a reset by the peer would end the process of an owner that has just released the stream.
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

  /** For the connection: the peer closed its side. */
  receiveFin(): void {
    if (this.#isRemoteDone || this.destroyed) return;
    this.#isRemoteDone = true;
    this.push(null);
    // A reader without more bytes to come is not slow.
    this.#carrier.unblock(this);
  }

  /** Called by the connection if the peer opened the stream for its own bytes only, and does not even expect a FIN. */
  endUnsaid(): void {
    this.#isLocalDone = true;
    this.end();
  }

  /** For the connection: the peer reset the stream. */
  receiveReset(status: number): void {
    this.lose(new StreamResetError(status));
  }

  /**
   * Called by the connection when the peer has gone. Bytes that it sent before its FIN are complete and are read to their end. The
   * error follows only if this side was still open.
   */
  lose(error: Error): void {
    if (this.#isCutOff) return;
    if (!this.#isRemoteDone || this.readableEnded) return this.abandon(error);
    if (this.#isLocalDone) return;
    this.#isCutOff = true;
    this.#carrier.dropData(this.id);
    this.once('end', () => this.destroy(error));
  }

  /** For the connection: it has ended, and the stream ends with it. */
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

/** Copies a small piece that waits for its reader, so that it does not keep the whole chunk in memory. */
function detached(payload: Buffer): Buffer {
  if (payload.length * MAX_KEPT_SHARE > payload.buffer.byteLength) return payload;
  const copy = Buffer.allocUnsafeSlow(payload.length);
  payload.copy(copy);
  return copy;
}
