import { TapFault } from '../conversation.ts';
import type { Field } from '../field.ts';
import { FrameFlag, HTTP2_HEADER_BYTES, type Http2FrameHeader, Http2FrameType } from './frames.ts';
import { HpackDecoder } from './hpackDecoder.ts';

/** The fields of a request, a response or trailers. */
export interface HeaderBlock {
  readonly stream: number;
  readonly fields: readonly Field[];
  readonly isEnd: boolean;
  /**
   * True for a request that the server sends itself (server push, RFC 9113 section 8.4), to announce a response that
   * nobody requested.
   */
  readonly isPromise: boolean;
}

/**
 * The maximum size of a header block in bytes, which is more than any server accepts. With a larger block, logging
 * stops.
 */
const BLOCK_LIMIT = 256 * 1024;

/** Assembles the header blocks of one direction from their frames and decodes them. */
export class HeaderBlocks {
  readonly #decoder = new HpackDecoder();
  #open: Omit<HeaderBlock, 'fields'> | undefined;
  #pieces: Buffer[] = [];
  #bytes = 0;

  /**
   * Adds a HEADERS, PUSH_PROMISE or CONTINUATION frame. Returns the block if the frame completes it; otherwise
   * undefined.
   * @throws TapFault for invalid frames or blocks
   */
  read(frame: Http2FrameHeader, payload: Buffer): HeaderBlock | undefined {
    const isContinuation = frame.type === Http2FrameType.continuation;
    if (isContinuation !== (this.#open !== undefined)) throw invalid();
    const fragment = isContinuation ? payload : this.#begin(frame, payload);
    const { flags } = frame;
    // Counts the frame headers in addition to their fragments: otherwise a peer could send empty CONTINUATION frames
    // forever without reaching the limit.
    this.#bytes += HTTP2_HEADER_BYTES + fragment.length;
    if (this.#bytes > BLOCK_LIMIT) throw new TapFault('logging stopped: headers are too large');
    const isComplete = (flags & FrameFlag.endHeaders) !== 0;
    this.#pieces.push(isComplete ? fragment : Buffer.from(fragment));
    const open = this.#open;
    if (!isComplete || open === undefined) return undefined;
    const block = Buffer.concat(this.#pieces);
    this.#open = undefined;
    this.#pieces = [];
    this.#bytes = 0;
    return { ...open, fields: this.#decoder.decode(block) };
  }

  /**
   * Begins a block. Returns the frame's fragment of the block, without padding, priority and promised stream (RFC 9113
   * sections 6.2 and 6.6).
   */
  #begin({ type, flags, stream }: Http2FrameHeader, payload: Buffer): Buffer {
    const isPromise = type === Http2FrameType.pushPromise;
    const isPadded = (flags & FrameFlag.padded) !== 0;
    const padding = isPadded ? (payload[0] ?? 0) : 0;
    const before = isPromise ? 4 : (flags & FrameFlag.priority) === 0 ? 0 : 5;
    const start = (isPadded ? 1 : 0) + before;
    const end = payload.length - padding;
    if (end < start) throw invalid();
    const promised = isPromise ? payload.readUInt32BE(isPadded ? 1 : 0) & 0x7fffffff : stream;
    this.#open = { stream: promised, isEnd: !isPromise && (flags & FrameFlag.endStream) !== 0, isPromise };
    return payload.subarray(start, end);
  }
}

function invalid(): TapFault {
  return new TapFault('logging stopped: invalid HTTP/2 frame');
}
