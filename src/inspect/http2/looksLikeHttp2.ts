import { FRAME_HEADER_BYTES, FrameFlag, FrameType, readFrameHeader } from './frames.ts';

/**
 * Returns whether a client's bytes are frames of HTTP/2 that begin a request. The end of the last one may be missing if it carries a
 * body.
 */
export function looksLikeHttp2(chunk: Buffer): boolean {
  let at = 0;
  let hasRequest = false;
  let isBody = false;
  while (at + FRAME_HEADER_BYTES <= chunk.length) {
    const { length, type, flags, stream } = readFrameHeader(chunk, at);
    const isReserved = ((chunk[at + 5] ?? 0) & 0x80) !== 0;
    if (isReserved || type > FrameType.continuation) return false;
    const isComplete = (flags & FrameFlag.endHeaders) !== 0;
    hasRequest ||= type === FrameType.headers && stream % 2 === 1 && isComplete && length > 0;
    isBody = type === FrameType.data;
    at += FRAME_HEADER_BYTES + length;
  }
  return hasRequest && (at === chunk.length || (isBody && at > chunk.length));
}
