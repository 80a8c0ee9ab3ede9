import { constants, createInflate, type Inflate } from 'node:zlib';
import { HEADER_DICTIONARY } from '../../src/spdy/dictionary.ts';
import { readBuffered } from './readBuffered.ts';

// A second, simple parser of SPDY, which does not use `src/spdy`. Tests compare its results with those of `src/spdy`.
// Splits the bytes into frames, and decompresses all header blocks of a direction with one zlib stream.

/** A complete SPDY frame, split into its parts. */
export interface RawFrame {
  readonly kind:
    | 'DATA'
    | 'SYN_STREAM'
    | 'SYN_REPLY'
    | 'RST_STREAM'
    | 'SETTINGS'
    | 'PING'
    | 'GOAWAY'
    | 'other';
  readonly bytes: Buffer;
  readonly body: Buffer;
  readonly fin: boolean;
  /** The ID of the stream; 0 if the frame has no stream ID. */
  readonly streamId: number;
  /** Names and values in the order on the wire; empty for a frame without a header block. */
  readonly headers: readonly (readonly [string, string])[];
}

const KINDS: Readonly<Record<number, RawFrame['kind']>> = {
  1: 'SYN_STREAM',
  2: 'SYN_REPLY',
  3: 'RST_STREAM',
  4: 'SETTINGS',
  6: 'PING',
  7: 'GOAWAY',
};

/** Parses the bytes of one direction of a connection. Keeps the bytes of an incomplete frame for the next call. */
export class ReferenceReader {
  readonly #inflate = new ReferenceInflate();
  #rest: Buffer = Buffer.alloc(0);

  async read(bytes: Buffer): Promise<RawFrame[]> {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    const frames: RawFrame[] = [];
    while (this.#rest.length >= 8) {
      const length = 8 + this.#rest.readUIntBE(5, 3);
      if (this.#rest.length < length) break;
      frames.push(await this.#frame(this.#rest.subarray(0, length)));
      this.#rest = this.#rest.subarray(length);
    }
    return frames;
  }

  /** The number of bytes of an incomplete frame that are kept for the next call. */
  get restLength(): number {
    return this.#rest.length;
  }

  async #frame(bytes: Buffer): Promise<RawFrame> {
    const body = bytes.subarray(8);
    const fin = ((bytes[4] ?? 0) & 1) === 1;
    if (((bytes[0] ?? 0) & 0x80) === 0) {
      return { kind: 'DATA', bytes, body, fin, streamId: bytes.readUInt32BE(0), headers: [] };
    }
    if (bytes.readUInt16BE(0) !== 0x8003) throw new Error('not version 3');
    const kind = KINDS[bytes.readUInt16BE(2)] ?? 'other';
    const streamId = ['SYN_STREAM', 'SYN_REPLY', 'RST_STREAM'].includes(kind) ? body.readUInt32BE(0) : 0;
    const block =
      kind === 'SYN_STREAM' ? body.subarray(10) : kind === 'SYN_REPLY' ? body.subarray(4) : undefined;
    const headers = block === undefined ? [] : readHeaders(await this.#inflate.inflate(block));
    return { kind, bytes, body, fin, streamId, headers };
  }
}

/**
 * Decompresses header blocks as the SPDY draft describes: all header blocks of a direction form one zlib stream. The
 * sender flushes the stream after each block, so that the receiver can decompress the block at once.
 */
export class ReferenceInflate {
  readonly #stream: Inflate = createInflate({
    dictionary: HEADER_DICTIONARY,
    flush: constants.Z_SYNC_FLUSH,
    finishFlush: constants.Z_SYNC_FLUSH,
  });

  inflate(block: Buffer): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      this.#stream.once('error', reject);
      this.#stream.write(block, () => {
        this.#stream.off('error', reject);
        resolve(readBuffered(this.#stream));
      });
    });
  }
}

/** Parses a decompressed header block. */
export function readHeaders(block: Buffer): [string, string][] {
  let offset = 4;
  const text = (): string => {
    const length = block.readUInt32BE(offset);
    offset += 4 + length;
    return block.toString('utf8', offset - length, offset);
  };
  return Array.from({ length: block.readUInt32BE(0) }, () => [text(), text()]);
}

/**
 * Returns one line of text for each frame, such as its type, stream and headers. Consecutive data of a stream becomes
 * one line, because its division into frames does not matter. A FIN becomes a separate line.
 */
export function transcript(frames: readonly RawFrame[]): string[] {
  const lines: string[] = [];
  let open: { streamId: number; bytes: Buffer[] } | undefined;
  const endData = () => {
    if (open !== undefined) lines.push(dataLine(open.streamId, Buffer.concat(open.bytes)));
    open = undefined;
  };
  for (const frame of frames) {
    if (frame.kind === 'DATA' && frame.body.length > 0) {
      if (open?.streamId !== frame.streamId) {
        endData();
        open = { streamId: frame.streamId, bytes: [] };
      }
      open.bytes.push(frame.body);
    }
    if (frame.kind !== 'DATA' || frame.fin) endData();
    if (frame.kind !== 'DATA') lines.push(controlLine(frame));
    if (frame.fin) lines.push(`FIN ${frame.streamId}`);
  }
  endData();
  return lines;
}

export function dataLine(streamId: number, bytes: Buffer): string {
  return `DATA ${streamId} ${bytes.length} ${JSON.stringify(bytes.toString('latin1'))}`;
}

export function headersText(headers: Iterable<readonly [string, string]>): string {
  return [...headers].map(([name, value]) => ` ${name}=${value}`).join('');
}

function controlLine({ kind, body, streamId, headers }: RawFrame): string {
  switch (kind) {
    case 'SYN_STREAM':
    case 'SYN_REPLY':
      return `${kind} ${streamId}${headersText(headers)}`;
    case 'RST_STREAM':
      return `RST_STREAM ${streamId} ${body.readUInt32BE(4)}`;
    case 'PING':
      return `PING ${body.readUInt32BE(0)}`;
    case 'GOAWAY':
      return `GOAWAY ${body.readUInt32BE(0)} ${body.readUInt32BE(4)}`;
    default:
      return `${kind} ${body.toString('hex')}`;
  }
}
