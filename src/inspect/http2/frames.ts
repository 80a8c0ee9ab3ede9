import { TapFault } from '../conversation.ts';

/** The first bytes of an HTTP/2 client (RFC 9113 section 3.4). */
export const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

/** The length of a frame header, in bytes (RFC 9113 section 4.1). */
export const HTTP2_HEADER_BYTES = 9;

/** The frame types of RFC 9113 section 6. */
export const Http2FrameType = {
  data: 0,
  headers: 1,
  priority: 2,
  resetStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goAway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

export const FrameFlag = {
  endStream: 0x1,
  endHeaders: 0x4,
  padded: 0x8,
  priority: 0x20,
} as const;

export interface Http2FrameHeader {
  readonly length: number;
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
}

export interface FrameHandler {
  /**
   * Called with each HEADERS, PUSH_PROMISE, CONTINUATION and RST_STREAM frame. The payload is valid during the call
   * only.
   */
  onFrame(header: Http2FrameHeader, payload: Buffer): void;
  /** Called with the content of DATA frames, without padding. @param piece valid during the call only */
  onData(stream: number, piece: Buffer): void;
  /** Called after a DATA frame with the flag END_STREAM: no further frame of this direction follows on the stream. */
  onDataEnd(stream: number): void;
}

/** The maximum payload of the frame types in {@link READ_TYPES}, in bytes. With a larger payload, logging stops. */
const PAYLOAD_LIMIT = 256 * 1024;
const READ_TYPES: ReadonlySet<number> = new Set([
  Http2FrameType.headers,
  Http2FrameType.resetStream,
  Http2FrameType.pushPromise,
  Http2FrameType.continuation,
]);

/** Parses the frames of one direction. Skips the payloads of frame types that the log does not need. */
export class FrameReader {
  readonly #handler: FrameHandler;
  readonly #header = Buffer.alloc(HTTP2_HEADER_BYTES);
  #headerBytes = 0;
  #frame: Http2FrameHeader | undefined;
  /** The number of payload bytes that have not arrived yet. */
  #left = 0;
  /** The length of the padding at the end of a DATA frame; undefined until it has been read. */
  #padding: number | undefined;
  #pieces: Buffer[] = [];

  constructor(handler: FrameHandler) {
    this.#handler = handler;
  }

  /**
   * Parses a chunk, which may begin and end within a frame.
   * @throws TapFault for a frame of {@link READ_TYPES} whose payload is too large; the errors of the handler
   */
  read(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#frame === undefined) {
        const taken = Math.min(HTTP2_HEADER_BYTES - this.#headerBytes, chunk.length - at);
        chunk.copy(this.#header, this.#headerBytes, at, at + taken);
        this.#headerBytes += taken;
        at += taken;
        if (this.#headerBytes === HTTP2_HEADER_BYTES) this.#begin(readFrameHeader(this.#header, 0));
        continue;
      }
      const piece = chunk.subarray(at, at + this.#left);
      at += piece.length;
      this.#left -= piece.length;
      this.#take(this.#frame, piece);
      if (this.#left === 0) this.#end(this.#frame);
    }
  }

  #begin(frame: Http2FrameHeader): void {
    if (READ_TYPES.has(frame.type) && frame.length > PAYLOAD_LIMIT)
      throw new TapFault('logging stopped: headers are too large');
    this.#frame = frame;
    this.#headerBytes = 0;
    this.#left = frame.length;
    this.#padding = (frame.flags & FrameFlag.padded) === 0 ? 0 : undefined;
    if (this.#left === 0) this.#end(frame);
  }

  #take(frame: Http2FrameHeader, piece: Buffer): void {
    if (frame.type === Http2FrameType.data) return this.#takeData(frame, piece);
    // Copies a part of a payload, because the chunk that contains the part is valid during the call only. If the whole
    // payload is in one chunk, no copy is necessary: the payload is used before the call returns.
    if (READ_TYPES.has(frame.type))
      this.#pieces.push(this.#left === 0 && this.#pieces.length === 0 ? piece : Buffer.from(piece));
  }

  #takeData(frame: Http2FrameHeader, piece: Buffer): void {
    let content = piece;
    if (this.#padding === undefined) {
      this.#padding = content[0] ?? 0;
      content = content.subarray(1);
    }
    // Excludes the padding, which is at the end of the frame and may begin in this piece.
    const length = Math.max(0, Math.min(content.length, content.length + this.#left - this.#padding));
    if (length > 0) this.#handler.onData(frame.stream, content.subarray(0, length));
  }

  #end(frame: Http2FrameHeader): void {
    this.#frame = undefined;
    const pieces = this.#pieces;
    this.#pieces = [];
    if (READ_TYPES.has(frame.type)) {
      const [first = Buffer.alloc(0)] = pieces;
      this.#handler.onFrame(frame, pieces.length > 1 ? Buffer.concat(pieces) : first);
    } else if (frame.type === Http2FrameType.data && (frame.flags & FrameFlag.endStream) !== 0) {
      this.#handler.onDataEnd(frame.stream);
    }
  }
}

export function readFrameHeader(bytes: Buffer, at: number): Http2FrameHeader {
  return {
    length: bytes.readUIntBE(at, 3),
    type: bytes[at + 3] ?? 0,
    flags: bytes[at + 4] ?? 0,
    stream: bytes.readUInt32BE(at + 5) & 0x7fffffff,
  };
}

/**
 * Returns whether the first bytes of a pod may be the beginning of a SETTINGS frame (RFC 9113 section 6.5), which is
 * the first frame of an HTTP/2 server.
 */
export function startsWithSettings(bytes: Buffer): boolean {
  if (bytes.length < HTTP2_HEADER_BYTES) return bytes[0] === 0;
  const { length, type, flags, stream } = readFrameHeader(bytes, 0);
  return type === Http2FrameType.settings && flags === 0 && stream === 0 && length % 6 === 0;
}

/**
 * Returns true if a chunk of a local client looks like HTTP/2: it consists of frames, and at least one of them begins a
 * request. Only a DATA frame may continue after the end of the chunk. Called for connections whose beginning was not
 * logged.
 */
export function looksLikeHttp2(chunk: Buffer): boolean {
  let at = 0;
  let hasRequest = false;
  let isBody = false;
  while (at + HTTP2_HEADER_BYTES <= chunk.length) {
    const { length, type, flags, stream } = readFrameHeader(chunk, at);
    const isReserved = ((chunk[at + 5] ?? 0) & 0x80) !== 0;
    if (isReserved || type > Http2FrameType.continuation) return false;
    const isComplete = (flags & FrameFlag.endHeaders) !== 0;
    hasRequest ||= type === Http2FrameType.headers && stream % 2 === 1 && isComplete && length > 0;
    isBody = type === Http2FrameType.data;
    at += HTTP2_HEADER_BYTES + length;
  }
  return hasRequest && (at === chunk.length || (isBody && at > chunk.length));
}
