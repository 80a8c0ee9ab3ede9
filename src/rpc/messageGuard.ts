/** Larger than `Content-Length: 12345678` with a content type (Language Server Protocol, base protocol). */
const HEADER_LIMIT = 1_024;
const HEADER_END = Buffer.from('\r\n\r\n');

/**
 * Follows the frames of a message stream and reports one that is too large, before anybody keeps its bytes. The library that
 * assembles messages has no limit, and searches a header from its start with each piece that arrives.
 */
export class MessageGuard {
  readonly #maxMessageBytes: number;
  #header = Buffer.alloc(0);
  /** Bytes still missing in the current body. */
  #bodyBytes = 0;
  #isBroken = false;

  constructor(maxMessageBytes: number) {
    this.#maxMessageBytes = maxMessageBytes;
  }

  /** Returns true if the stream, with this chunk, is within the limits. After the first false, always returns false. */
  accept(chunk: Buffer): boolean {
    let rest = chunk;
    while (rest.length > 0 && !this.#isBroken) {
      if (this.#bodyBytes === 0) {
        rest = this.#takeHeader(rest);
        continue;
      }
      const taken = Math.min(rest.length, this.#bodyBytes);
      this.#bodyBytes -= taken;
      rest = rest.subarray(taken);
    }
    return !this.#isBroken;
  }

  /** Returns the bytes after the header; empty if the header is incomplete. */
  #takeHeader(chunk: Buffer): Buffer {
    const before = this.#header.length;
    // One byte more than the limit is enough to see that it is exceeded.
    const header = Buffer.concat([this.#header, chunk.subarray(0, HEADER_LIMIT + 1 - before)]);
    const end = header.indexOf(HEADER_END);
    if (end === -1) {
      this.#header = header;
      this.#isBroken = header.length > HEADER_LIMIT;
      return Buffer.alloc(0);
    }
    this.#header = Buffer.alloc(0);
    const length = /^content-length: *(\d{1,15}) *$/im.exec(header.toString('latin1', 0, end))?.[1];
    this.#bodyBytes = Number(length);
    this.#isBroken = !(this.#bodyBytes <= this.#maxMessageBytes);
    return chunk.subarray(end + HEADER_END.length - before);
  }
}
