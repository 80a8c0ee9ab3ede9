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
/** Without payloads: they are on the transport already. */
interface WaitingWrite {
  readonly payloads: readonly Buffer[];
  readonly callback: WriteCallback;
}

type HeaderEntries = Iterable<readonly [string, string]>;

/**
 * Control frames that may wait for a peer that reads nothing. Far more than the peer's open streams can ask for; a peer
 * that goes on asking (pings, streams opened and reset) would otherwise fill the memory with its answers.
 */
const MAX_UNREAD_CONTROL_FRAMES = 16 * 1024;

/**
 * The sending half of a connection: puts frames on the transport, in one write where they belong together. Payloads wait
 * outside of the transport while it is full, so that it holds no more than its own limit and one write, and a stream that
 * is cut off takes its waiting bytes with it.
 */
export class FrameWriter {
  readonly #transport: Duplex;
  readonly #onWaitingChanged: () => void;
  readonly #compressor = new HeaderCompressor();
  /** At most one write for each stream, in the order they came. */
  readonly #waiting = new Map<number, WaitingWrite>();
  #unreadControlFrames = 0;
  #hold: NodeJS.Immediate | undefined;
  #isClosed = false;

  /**
   * The transport stays the caller's.
   * @param onWaitingChanged called when {@link isWaiting} may have changed
   */
  constructor(transport: Duplex, onWaitingChanged: () => void) {
    this.#transport = transport;
    this.#onWaitingChanged = onWaitingChanged;
    transport.on('drain', () => this.#drain());
  }

  /** Whether there are bytes to send that the peer, or the network, does not take for now. */
  get isWaiting(): boolean {
    return this.#waiting.size > 0;
  }

  /** Whether the peer asks for answers without reading them. */
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

  /** Sends the payloads, uncopied; calls back when the stream's next may come, which it must wait for. */
  data(streamId: number, payloads: readonly Buffer[], callback: WriteCallback): void {
    if (this.#isClosed) return callback();
    if (this.#isBlocked || this.isWaiting) this.#waiting.set(streamId, { payloads, callback });
    else this.#write(streamId, { payloads, callback });
    this.#onWaitingChanged();
  }

  /** Drops what waits of a stream that was cut off. */
  dropData(streamId: number): void {
    const waiting = this.#waiting.get(streamId);
    if (waiting === undefined) return;
    this.#waiting.delete(streamId);
    waiting.callback();
    this.#onWaitingChanged();
  }

  /** Lets out what is held back; nothing is sent any more. */
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

  /** What fills the transport is over only when the transport has drained: meanwhile the stream gathers its next. */
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
   * Keeps the opening of a stream back for its first bytes. Who speaks first has written by the time its socket is
   * accepted, and the next turn of the event loop reads it; for who waits for the server no more than that turn is lost.
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

/** A frame's length has 24 bits: what is more goes into further frames. */
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
