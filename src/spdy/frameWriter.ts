import type { Duplex } from 'node:stream';
import {
  encodeDataHeader,
  encodeGoAway,
  encodePing,
  encodeRstStream,
  encodeSynReply,
  encodeSynStream,
} from './encoder.ts';
import { MAX_FRAME_BYTES } from './frames.ts';
import { HeaderCompressor } from './headerBlock.ts';

export type WriteCallback = (error?: Error | null) => void;
/**
 * One call of {@link FrameWriter.data} that waits until the transport has drained. `payloads` is empty if the bytes are
 * already written and only the callback must still be called.
 */
interface WaitingWrite {
  readonly payloads: readonly Buffer[];
  readonly callback: WriteCallback;
}

type HeaderEntries = Iterable<readonly [string, string]>;

/**
 * The maximum number of control frames to queue while the transport is full. If there are more, the connection ends. A
 * normal peer causes far fewer. Without this limit, a peer that sends pings or opens and resets streams, but never
 * reads the answers, would exhaust the memory.
 */
const MAX_UNREAD_CONTROL_FRAMES = 16 * 1024;

/**
 * Writes the frames of a SPDY connection to its byte stream, the transport. Frames that belong together are sent in one
 * write. If the transport is full, payloads wait in this class instead of the transport's buffer, so that they can be
 * dropped if their stream is reset.
 */
export class FrameWriter {
  readonly #transport: Duplex;
  readonly #onWaitingChanged: () => void;
  readonly #compressor = new HeaderCompressor();
  /**
   * The writes that wait until the transport has drained, by the ID of their stream and in the order of arrival. A
   * stream has at most one waiting write.
   */
  readonly #waiting = new Map<number, WaitingWrite>();
  #unreadControlFrames = 0;
  #sentBytes = 0;
  #hold: NodeJS.Immediate | undefined;
  #isClosed = false;

  /**
   * The caller keeps ownership of the transport.
   * @param onWaitingChanged called when {@link isWaiting} may have changed
   */
  constructor(transport: Duplex, onWaitingChanged: () => void) {
    this.#transport = transport;
    this.#onWaitingChanged = onWaitingChanged;
    transport.on('drain', () => this.#drain());
  }

  /** True while writes wait because the peer or the network accepts no more bytes. */
  get isWaiting(): boolean {
    return this.#waiting.size > 0;
  }

  /** The number of bytes written to the transport so far, including the headers of frames. */
  get sentBytes(): number {
    return this.#sentBytes;
  }

  /**
   * True if the peer does not read, and too many control frames are queued for it. The connection then ends with an
   * error.
   */
  get isOverrun(): boolean {
    return this.#unreadControlFrames > MAX_UNREAD_CONTROL_FRAMES;
  }

  /**
   * Sends SYN_STREAM, which opens a stream. `#holdForFirstBytes` delays the frame for a moment, so that it is sent in
   * one write with the first bytes of the local client.
   */
  synStream(streamId: number, headers: HeaderEntries): void {
    if (this.#isClosed) return;
    this.#holdForFirstBytes();
    this.#send(encodeSynStream(streamId, headers, this.#compressor));
  }

  synReply(streamId: number, headers: HeaderEntries): void {
    if (!this.#isClosed) this.#send(encodeSynReply(streamId, headers, this.#compressor));
  }

  rstStream(streamId: number, status: number): void {
    this.#send(encodeRstStream(streamId, status));
  }

  ping(id: number): void {
    this.#send(encodePing(id));
  }

  goAway(lastStreamId: number, status: number): void {
    this.#send(encodeGoAway(lastStreamId, status));
  }

  fin(streamId: number): void {
    this.#send(encodeDataHeader(streamId, 0, true));
  }

  /**
   * Sends the payloads without copying them. Calls `callback` when the stream may send more. Until then, do not call
   * `data` again for the same stream.
   */
  data(streamId: number, payloads: readonly Buffer[], callback: WriteCallback): void {
    if (this.#isClosed) return callback();
    if (this.#isBlocked || this.isWaiting) this.#waiting.set(streamId, { payloads, callback });
    else this.#write(streamId, { payloads, callback });
    this.#onWaitingChanged();
  }

  /**
   * Drops the payloads of a stream that wait for the transport to drain, and calls their callback. Called when the
   * stream was reset or has ended.
   */
  dropData(streamId: number): void {
    const waiting = this.#waiting.get(streamId);
    if (waiting === undefined) return;
    this.#waiting.delete(streamId);
    waiting.callback();
    this.#onWaitingChanged();
  }

  /**
   * Stops sending: later calls of any method send nothing. Frames that were written before, such as GOAWAY, are still
   * sent, even if `#holdForFirstBytes` delays them. Payloads that wait for the transport to drain are dropped, because
   * their streams have ended.
   */
  close(): void {
    this.#isClosed = true;
    this.#releaseHold();
    for (const streamId of [...this.#waiting.keys()]) this.dropData(streamId);
  }

  get #isBlocked(): boolean {
    return this.#transport.writableNeedDrain;
  }

  #send(frame: Buffer): void {
    if (this.#isClosed) return;
    if (this.#isBlocked) this.#unreadControlFrames++;
    this.#put(frame);
  }

  #put(bytes: Buffer): void {
    this.#sentBytes += bytes.length;
    this.#transport.write(bytes);
  }

  /**
   * Writes the payloads, and then calls `callback`. If the transport is full, calls `callback` only when the transport
   * has drained. Until the callback, the SPDY stream buffers further bytes, and then sends them together in its next
   * write.
   */
  #write(streamId: number, { payloads, callback }: WaitingWrite): void {
    if (payloads.length > 0) this.#writeData(streamId, payloads);
    if (this.#isBlocked) this.#waiting.set(streamId, { payloads: [], callback });
    else callback();
  }

  #writeData(streamId: number, payloads: readonly Buffer[]): void {
    this.#transport.cork();
    for (const frame of splitPayloads(payloads)) {
      this.#put(encodeDataHeader(streamId, byteLength(frame), false));
      for (const payload of frame) this.#put(payload);
    }
    this.#transport.uncork();
    this.#releaseHold();
  }

  #drain(): void {
    this.#unreadControlFrames = 0;
    for (const [streamId, write] of this.#waiting) {
      if (this.#isBlocked) break;
      this.#waiting.delete(streamId);
      this.#write(streamId, write);
    }
    this.#onWaitingChanged();
  }

  /**
   * Delays all frames for one turn of the event loop, so that the frame that opens a stream is sent in one write with
   * the first bytes of the local client. If the local client sends first, its bytes arrive within this turn. A local
   * client that waits for the server to send first loses only the time of this turn.
   */
  #holdForFirstBytes(): void {
    if (this.#hold !== undefined) return;
    this.#transport.cork();
    this.#hold = setImmediate(() => {
      this.#hold = setImmediate(() => this.#releaseHold());
    });
  }

  #releaseHold(): void {
    if (this.#hold === undefined) return;
    clearImmediate(this.#hold);
    this.#hold = undefined;
    this.#transport.uncork();
  }
}

/** Distributes payloads over several frames if they exceed the 24-bit length of a frame. */
function splitPayloads(payloads: readonly Buffer[]): readonly (readonly Buffer[])[] {
  if (byteLength(payloads) <= MAX_FRAME_BYTES) return [payloads];
  const whole = Buffer.concat(payloads);
  const frames: Buffer[][] = [];
  for (let offset = 0; offset < whole.length; offset += MAX_FRAME_BYTES) {
    frames.push([whole.subarray(offset, offset + MAX_FRAME_BYTES)]);
  }
  return frames;
}

function byteLength(payloads: readonly Buffer[]): number {
  return payloads.reduce((sum, payload) => sum + payload.length, 0);
}
