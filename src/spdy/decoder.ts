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
  /**
   * The maximum size of a control frame in bytes, without the frame header. A larger control frame is a protocol error.
   * DATA frames need no limit, because they are decoded in pieces.
   */
  readonly maxControlFrameBytes: number;
  /** The maximum size of a header block in bytes, after decompression. A larger header block is a protocol error. */
  readonly maxHeaderBytes: number;
}

/**
 * The default limits, similar to the 16 KiB of headers that HTTP servers commonly allow. Kubernetes needs far less: the
 * headers of its streams have about 60 bytes.
 */
export const DEFAULT_LIMITS: DecoderLimits = { maxControlFrameBytes: 16 * 1024, maxHeaderBytes: 32 * 1024 };

const NOTHING = Buffer.alloc(0);
const NO_HEADERS: Headers = new Map();

/** What the next bytes belong to: a frame header, the payload of a DATA frame, or the body of a control frame. */
type State =
  | { readonly reading: 'header' }
  | { readonly reading: 'data'; readonly streamId: number; readonly fin: boolean; remaining: number }
  | { readonly reading: 'control'; readonly type: number; readonly flags: number; readonly length: number };

/**
 * Decodes frames from bytes that arrive in chunks of any size. Each direction of a connection needs its own decoder.
 */
export class FrameDecoder {
  readonly #limits: DecoderLimits;
  readonly #decompressor: HeaderDecompressor | undefined;
  #state: State = { reading: 'header' };
  /** The first bytes of a frame header or control frame that has not arrived completely. */
  #pending: Buffer = NOTHING;

  /** @param readsHeaders false to skip header blocks: frames then have no headers */
  constructor(limits: DecoderLimits = DEFAULT_LIMITS, readsHeaders = true) {
    this.#limits = limits;
    this.#decompressor = readsHeaders ? new HeaderDecompressor(limits.maxHeaderBytes) : undefined;
  }

  /**
   * Decodes the next bytes. Calls `onFrame` for each control frame and for each piece of a DATA frame, in the order of
   * arrival.
   * @throws CodedError `PROTOCOL` for invalid bytes, after which the decoder must not be used again; any error of
   *   `onFrame`
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
    // Copies the remaining bytes, because the result of `subarray` alone would keep the whole chunk in memory.
    if (offset < chunk.length) this.#pending = Buffer.from(chunk.subarray(offset));
  }

  /**
   * Returns the total size of the frame header or control frame that has not arrived completely. `#pending` never
   * contains the payload of a DATA frame, because that payload is passed on in pieces.
   */
  #pendingTarget(): number {
    return this.#state.reading === 'control' ? this.#state.length : FRAME_HEADER_BYTES;
  }

  /**
   * Consumes one frame header, one control frame, or one piece of a DATA frame's payload. Returns the number of bytes
   * consumed, or 0 if more bytes must arrive first.
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
    // Decodes an empty control frame together with its header. A separate step for the frame would consume 0 bytes, but
    // a result of 0 means that `#step` needs more bytes.
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

  /**
   * Decodes a control frame. Returns undefined for an unknown type, which a receiver must ignore (SPDY draft, section
   * 2.2.1).
   */
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

/**
 * Decodes a SETTINGS frame (SPDY draft, section 2.6.4): a 32-bit count, then for each setting 8 bits of flags, a
 * 24-bit ID and a 32-bit value.
 */
function decodeSettings(body: Buffer): { id: number; value: number }[] {
  const count = body.length < 4 ? -1 : body.readUInt32BE(0);
  if (body.length !== 4 + count * 8) throw protocolError('SETTINGS frame has an invalid number of entries');
  return Array.from({ length: count }, (_, index) => ({
    id: body.readUIntBE(5 + index * 8, 3),
    value: body.readUInt32BE(8 + index * 8),
  }));
}
