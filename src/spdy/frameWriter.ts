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
/** Undefined payloads are already on the transport. */
interface WaitingWrite {
  readonly payloads: readonly Buffer[];
  readonly callback: WriteCallback;
}

type HeaderEntries = Iterable<readonly [string, string]>;

/**
 * How many control frames may wait for a peer that does not read. The open streams of a peer need far fewer; a peer that
 * keeps asking (pings, streams opened and reset) would otherwise fill the memory with answers.
 */
const MAX_UNREAD_CONTROL_FRAMES = 16 * 1024;

/**
 * The sending half of a connection: puts frames on the transport, those that belong together in one write. Payloads wait
 * outside of a full transport, so that the transport holds no more than its own limit and one write, and a stream that
 * is reset takes its waiting bytes with it.
 */
export class FrameWriter {
  readonly #transport: Duplex;
  readonly #onWaitingChanged: () => void;
  readonly #compressor = new HeaderCompressor();
  /** At most one write for each stream, in the order of arrival. */
  readonly #waiting = new Map<number, WaitingWrite>();
  #unreadControlFrames = 0;
  #hold: NodeJS.Immediate | undefined;
  #isClosed = false;

  /**
   * The caller keeps owning the transport.
   * @param onWaitingChanged called when {@link isWaiting} may have changed
   */
  constructor(transport: Duplex, onWaitingChanged: () => void) {
    this.#transport = transport;
    this.#onWaitingChanged = onWaitingChanged;
    transport.on('drain', () => this.#drain());
  }

  /** True while there are bytes that the peer or the network does not accept yet. */
  get isWaiting(): boolean {
    return this.#waiting.size > 0;
  }

  /** True if the peer asks for answers without reading them. */
  get isOverrun(): boolean {
    return this.#unreadControlFrames > MAX_UNREAD_CONTROL_FRAMES;
  }

  /** Opens a stream; see {@link #holdForFirstBytes}. */
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

  /** Sends the payloads without copying them. Calls back when the stream may send more; it must wait for that. */
  data(streamId: number, payloads: readonly Buffer[], callback: WriteCallback): void {
    if (this.#isClosed) return callback();
    if (this.#isBlocked || this.isWaiting) this.#waiting.set(streamId, { payloads, callback });
    else this.#write(streamId, { payloads, callback });
    this.#onWaitingChanged();
  }

  /** Drops the waiting bytes of a stream that was reset. */
  dropData(streamId: number): void {
    const waiting = this.#waiting.get(streamId);
    if (waiting === undefined) return;
    this.#waiting.delete(streamId);
    waiting.callback();
    this.#onWaitingChanged();
  }

  /** Sends the frames that are held back. Nothing may be sent afterwards. */
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
    this.#transport.write(frame);
  }

  /**
   * A write that fills the transport ends only when the transport has drained. Meanwhile the stream collects its next
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
      this.#transport.write(encodeDataHeader(streamId, byteLength(frame), false));
      for (const payload of frame) this.#transport.write(payload);
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
   * Delays the opening of a stream by one turn of the event loop, so that it leaves in one write with the client's first bytes. A
   * client that speaks first has sent them before its socket is accepted. A client that waits for the server loses only that turn.
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

/** Splits payloads that exceed a frame's length of 24 bits into several frames. */
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
