import {
  FLAG_FIN,
  FLAG_UNIDIRECTIONAL,
  FRAME_HEADER_BYTES,
  type Frame,
  FrameType,
  MAX_STREAM_ID,
  SPDY_VERSION,
} from './frames.ts';
import { HeaderDecompressor, type Headers } from './headerBlock.ts';
import { protocolError } from './protocolError.ts';

export interface DecoderLimits {
  /** The largest control frame in bytes, without its header. DATA frames need no limit: they pass in pieces. */
  readonly maxControlFrameBytes: number;
  /** The largest header block in bytes: names and values, decompressed. */
  readonly maxHeaderBytes: number;
}

/** The headers of the Go side have some 60 bytes. HTTP servers allow 16 KiB for a header block. */
export const DEFAULT_LIMITS: DecoderLimits = { maxControlFrameBytes: 16 * 1024, maxHeaderBytes: 32 * 1024 };

const NOTHING = Buffer.alloc(0);
const NO_HEADERS: Headers = new Map();

/** The part of a frame that the next bytes belong to. */
type State =
  | { readonly reading: 'header' }
  | { readonly reading: 'data'; readonly streamId: number; readonly fin: boolean; remaining: number }
  | { readonly reading: 'control'; readonly type: number; readonly flags: number; readonly length: number };

/** Turns bytes, in chunks of any size, into frames. Each direction of a connection has its own. */
export class FrameDecoder {
  readonly #limits: DecoderLimits;
  readonly #decompressor: HeaderDecompressor | undefined;
  #state: State = { reading: 'header' };
  /** The beginning of a frame header or control frame whose end has not arrived. */
  #pending: Buffer = NOTHING;

  /** @param readsHeaders false to skip header blocks: frames then have no headers */
  constructor(limits: DecoderLimits = DEFAULT_LIMITS, readsHeaders = true) {
    this.#limits = limits;
    this.#decompressor = readsHeaders ? new HeaderDecompressor(limits.maxHeaderBytes) : undefined;
  }

  /**
   * Takes the next bytes and passes each frame in them to `onFrame`, which runs before the next frame is decoded.
   * @throws CodedError `PROTOCOL`, and the decoder is unusable afterwards; whatever `onFrame` throws
   */
  write(chunk: Buffer, onFrame: (frame: Frame) => void): void {
    let offset = 0;
    if (this.#pending.length > 0) {
      offset = Math.min(this.#pendingTarget() - this.#pending.length, chunk.length);
      const joined = Buffer.concat([this.#pending, chunk.subarray(0, offset)]);
      this.#pending = NOTHING;
      if (this.#step(joined, 0, onFrame) === 0) {
        this.#pending = joined;
        return;
      }
    }
    for (;;) {
      const consumed = this.#step(chunk, offset, onFrame);
      if (consumed === 0) break;
      offset += consumed;
    }
    // A view would keep the whole chunk in memory, a small copy does not.
    if (offset < chunk.length) this.#pending = Buffer.from(chunk.subarray(offset));
  }

  /** How many bytes the pending beginning needs in all. Data is never pending: it passes in pieces. */
  #pendingTarget(): number {
    return this.#state.reading === 'control' ? this.#state.length : FRAME_HEADER_BYTES;
  }

  /**
   * Consumes one header, one control frame or one piece of data. Returns how many bytes it consumed, or 0 if it needs
   * more.
   */
  #step(input: Buffer, offset: number, onFrame: (frame: Frame) => void): number {
    const available = input.length - offset;
    const state = this.#state;
    if (state.reading === 'data') {
      if (available === 0) return 0;
      return this.#passData(state, input.subarray(offset, offset + state.remaining), onFrame);
    }
    if (state.reading === 'control') {
      if (available < state.length) return 0;
      this.#state = { reading: 'header' };
      const frame = this.#decodeControl(
        state.type,
        state.flags,
        input.subarray(offset, offset + state.length),
      );
      if (frame !== undefined) onFrame(frame);
      return state.length;
    }
    if (available < FRAME_HEADER_BYTES) return 0;
    this.#readHeader(input, offset, onFrame);
    return FRAME_HEADER_BYTES;
  }

  #passData(
    state: Extract<State, { reading: 'data' }>,
    payload: Buffer,
    onFrame: (frame: Frame) => void,
  ): number {
    state.remaining -= payload.length;
    const isLast = state.remaining === 0;
    if (isLast) this.#state = { reading: 'header' };
    onFrame({ type: 'data', streamId: state.streamId, payload, fin: isLast && state.fin });
    return payload.length;
  }

  #readHeader(input: Buffer, offset: number, onFrame: (frame: Frame) => void): void {
    const word = input.readUInt32BE(offset);
    const flags = input.readUInt8(offset + 4);
    const length = input.readUIntBE(offset + 5, 3);
    if (word <= MAX_STREAM_ID) {
      this.#beginData(word, flags, length, onFrame);
      return;
    }
    const version = (word >>> 16) & 0x7fff;
    if (version !== SPDY_VERSION) throw protocolError(`unsupported SPDY version ${version}`);
    if (length > this.#limits.maxControlFrameBytes)
      throw protocolError(`control frame of ${length} bytes is too large`);
    this.#state = { reading: 'control', type: word & 0xffff, flags, length };
    // An empty control frame has no bytes to wait for.
    if (length === 0) {
      this.#state = { reading: 'header' };
      const frame = this.#decodeControl(word & 0xffff, flags, NOTHING);
      if (frame !== undefined) onFrame(frame);
    }
  }

  #beginData(streamId: number, flags: number, length: number, onFrame: (frame: Frame) => void): void {
    if (streamId === 0) throw protocolError('DATA frame for stream 0');
    const fin = (flags & FLAG_FIN) !== 0;
    if (length > 0) this.#state = { reading: 'data', streamId, fin, remaining: length };
    else if (fin) onFrame({ type: 'data', streamId, payload: NOTHING, fin });
  }

  /** An unknown type is skipped (section 2.2.1). */
  #decodeControl(type: number, flags: number, body: Buffer): Frame | undefined {
    const fin = (flags & FLAG_FIN) !== 0;
    switch (type) {
      case FrameType.synStream: {
        const unidirectional = (flags & FLAG_UNIDIRECTIONAL) !== 0;
        return {
          type: 'synStream',
          streamId: streamIdOf(body, 10),
          headers: this.#headers(body, 10),
          fin,
          unidirectional,
        };
      }
      case FrameType.synReply:
        return { type: 'synReply', streamId: streamIdOf(body, 4), headers: this.#headers(body, 4), fin };
      case FrameType.headers:
        return { type: 'headers', streamId: streamIdOf(body, 4), headers: this.#headers(body, 4), fin };
      case FrameType.rstStream:
        expectLength(type, body, 8);
        return { type: 'rstStream', streamId: streamIdOf(body, 8), status: body.readUInt32BE(4) };
      case FrameType.settings:
        return { type: 'settings', settings: decodeSettings(body) };
      case FrameType.ping:
        expectLength(type, body, 4);
        return { type: 'ping', id: body.readUInt32BE(0) };
      case FrameType.goAway:
        expectLength(type, body, 8);
        return {
          type: 'goAway',
          lastStreamId: body.readUInt32BE(0) & MAX_STREAM_ID,
          status: body.readUInt32BE(4),
        };
      case FrameType.windowUpdate:
        expectLength(type, body, 8);
        return {
          type: 'windowUpdate',
          streamId: body.readUInt32BE(0) & MAX_STREAM_ID,
          delta: body.readUInt32BE(4) & MAX_STREAM_ID,
        };
      default:
        return undefined;
    }
  }

  #headers(body: Buffer, offset: number): Headers {
    return this.#decompressor?.decompress(body.subarray(offset)) ?? NO_HEADERS;
  }
}

function streamIdOf(body: Buffer, minimumLength: number): number {
  if (body.length < minimumLength) throw protocolError('truncated control frame');
  const streamId = body.readUInt32BE(0) & MAX_STREAM_ID;
  if (streamId === 0) throw protocolError('control frame for stream 0');
  return streamId;
}

function expectLength(type: number, body: Buffer, length: number): void {
  if (body.length !== length)
    throw protocolError(`control frame of type ${type} has invalid length ${body.length}`);
}

/** Section 2.6.4: a count, then pairs of (8 bits of flags, 24 of id) and value. */
function decodeSettings(body: Buffer): { id: number; value: number }[] {
  const count = body.length < 4 ? -1 : body.readUInt32BE(0);
  if (body.length !== 4 + count * 8) throw protocolError('SETTINGS frame has an invalid number of entries');
  return Array.from({ length: count }, (_, index) => ({
    id: body.readUIntBE(5 + index * 8, 3),
    value: body.readUInt32BE(8 + index * 8),
  }));
}
