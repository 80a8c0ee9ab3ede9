import { readdirSync, readFileSync } from 'node:fs';

const FOLDER = new URL('../fixtures/wire/', import.meta.url);

export type Direction = 'c>s' | 's>c';

/** The SPDY bytes of one recorded connection, in the pieces and the order in which they were read from the sockets. */
export interface SpdyRecording {
  readonly name: string;
  readonly pieces: readonly { readonly direction: Direction; readonly bytes: Buffer }[];
}

/** Returns all recordings with SPDY, without HTTP handshakes and WebSocket frames. */
export function spdyRecordings(): SpdyRecording[] {
  return readdirSync(FOLDER)
    .filter((file) => /^(spdy|websocket-tunnel)-.*\.jsonl$/.test(file))
    .sort()
    .map((file) => ({ name: file.replace('.jsonl', ''), pieces: readPieces(file) }));
}

/** Returns all bytes of one direction. */
export function bytesOf(recording: SpdyRecording, direction: Direction): Buffer {
  return Buffer.concat(
    recording.pieces.filter((piece) => piece.direction === direction).map(({ bytes }) => bytes),
  );
}

interface Line {
  readonly conn: number;
  readonly dir: Direction;
  readonly b64?: string;
}

function readPieces(file: string): SpdyRecording['pieces'] {
  const lines = readFileSync(new URL(file, FOLDER), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
  // Uses only the second connection, which is upgraded. The first connection requests the version and the pod.
  const directions = { 'c>s': new Unwrapper(file), 's>c': new Unwrapper(file) };
  return lines
    .filter((line) => line.conn === 2 && line.b64 !== undefined)
    .map(({ dir, b64 }) => ({
      direction: dir,
      bytes: directions[dir].take(Buffer.from(b64 ?? '', 'base64')),
    }))
    .filter(({ bytes }) => bytes.length > 0);
}

/** Removes the HTTP head from one direction and, in a tunnel, the WebSocket framing. */
class Unwrapper {
  readonly #isTunnel: boolean;
  #isUpgraded = false;
  #rest: Buffer = Buffer.alloc(0);

  constructor(file: string) {
    this.#isTunnel = file.startsWith('websocket-');
  }

  take(bytes: Buffer): Buffer {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    if (!this.#isUpgraded) {
      const end = this.#rest.indexOf('\r\n\r\n');
      if (end < 0) return Buffer.alloc(0);
      this.#isUpgraded = true;
      this.#rest = this.#rest.subarray(end + 4);
    }
    if (this.#isTunnel) return this.#takeMessages();
    const all = this.#rest;
    this.#rest = Buffer.alloc(0);
    return all;
  }

  /** Returns the payloads of all complete binary frames (RFC 6455 section 5.2), and removes these frames. */
  #takeMessages(): Buffer {
    const payloads: Buffer[] = [];
    while (this.#rest.length >= 2) {
      const [first = 0, second = 0] = this.#rest;
      const short = second & 0x7f;
      const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0;
      const keyBytes = second & 0x80 ? 4 : 0;
      const headBytes = 2 + lengthBytes + keyBytes;
      if (this.#rest.length < headBytes) break;
      const length =
        lengthBytes === 0 ? short : Number(BigInt(`0x${this.#rest.toString('hex', 2, 2 + lengthBytes)}`));
      if (this.#rest.length < headBytes + length) break;
      const key = this.#rest.subarray(headBytes - keyBytes, headBytes);
      const masked = this.#rest.subarray(headBytes, headBytes + length);
      const payload =
        keyBytes === 0 ? masked : Buffer.from(masked.map((byte, i) => byte ^ (key[i % 4] ?? 0)));
      this.#rest = this.#rest.subarray(headBytes + length);
      const opcode = first & 0x0f;
      if (opcode === 0 || opcode === 2) payloads.push(payload);
    }
    return Buffer.concat(payloads);
  }
}
