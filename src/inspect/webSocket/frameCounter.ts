import { TapFault } from '../conversation.ts';

// Bit masks and values for the header of a WebSocket frame (RFC 6455 section 5.2).
const FIN = 0x80;
const OPCODE = 0x0f;
const MASKED = 0x80;
const LENGTH = 0x7f;
const LENGTH_16 = 126;
const LENGTH_64 = 127;
const MASK_BYTES = 4;
const CONTROL_OPCODES = 0x8;
const CLOSE = 0x8;

/** Counts the messages and payload bytes of one direction of a WebSocket, without reading payloads. */
export class FrameCounter {
  readonly #header = Buffer.alloc(14);
  #headerBytes = 0;
  #payloadLeft = 0;
  messages = 0;
  hasClosed = false;

  /**
   * Reads the frames of a chunk, and counts their messages. Returns the number of payload bytes of data frames in the
   * chunk.
   * @throws TapFault for an invalid frame
   */
  read(chunk: Buffer): number {
    let payload = 0;
    let at = 0;
    while (at < chunk.length) {
      if (this.#payloadLeft > 0) {
        const taken = Math.min(this.#payloadLeft, chunk.length - at);
        this.#payloadLeft -= taken;
        at += taken;
        if (!this.#isControl) payload += taken;
        if (this.#payloadLeft === 0) this.#endFrame();
        continue;
      }
      this.#header[this.#headerBytes++] = chunk[at++] ?? 0;
      if (this.#headerBytes >= 2 && this.#headerBytes === this.#headerLength) this.#beginFrame();
    }
    return payload;
  }

  get #isControl(): boolean {
    return ((this.#header[0] ?? 0) & CONTROL_OPCODES) !== 0;
  }

  get #headerLength(): number {
    const second = this.#header[1] ?? 0;
    const length = second & LENGTH;
    const extended = length === LENGTH_64 ? 8 : length === LENGTH_16 ? 2 : 0;
    return 2 + extended + ((second & MASKED) === 0 ? 0 : MASK_BYTES);
  }

  #beginFrame(): void {
    const length = (this.#header[1] ?? 0) & LENGTH;
    this.#payloadLeft =
      length === LENGTH_16
        ? this.#header.readUInt16BE(2)
        : length === LENGTH_64
          ? Number(this.#header.readBigUInt64BE(2))
          : length;
    if (!Number.isSafeInteger(this.#payloadLeft))
      throw new TapFault('logging stopped: invalid WebSocket frame');
    if (((this.#header[0] ?? 0) & OPCODE) === CLOSE) this.hasClosed = true;
    if (this.#payloadLeft === 0) this.#endFrame();
  }

  #endFrame(): void {
    const first = this.#header[0] ?? 0;
    if (!this.#isControl && (first & FIN) !== 0) this.messages++;
    this.#headerBytes = 0;
  }
}
