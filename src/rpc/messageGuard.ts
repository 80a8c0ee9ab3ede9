/**
 * The maximum length of a message's header, in bytes. The connection to a peer that sends a longer header is closed.
 * Headers of clients and hosts are much shorter: `Content-Length: 12345678`, and possibly a content type (Language
 * Server Protocol, base protocol).
 */
const HEADER_LIMIT = 1_024;
const HEADER_END = Buffer.from('\r\n\r\n');

/**
 * Checks the sizes of the messages in a stream, so that a message that is too large is detected before it is stored.
 * The JSON-RPC library has no limit. The library also searches an incomplete header from its beginning at each chunk,
 * so a long header in many chunks would block the process.
 */
export class MessageGuard {
  readonly #maxMessageBytes: number;
  #header = Buffer.alloc(0);
  /** The number of bytes of the current message's body that have not arrived yet. 0 while a header is read. */
  #bodyBytes = 0;
  #isBroken = false;

  constructor(maxMessageBytes: number) {
    this.#maxMessageBytes = maxMessageBytes;
  }

  /**
   * Returns true if all messages so far, including those in this chunk, are within the limits. Otherwise returns false,
   * now and for all later chunks, and the caller closes the connection.
   */
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

  /** Reads the header of a message. Returns the bytes after the header, or no bytes if the header is incomplete. */
  #takeHeader(chunk: Buffer): Buffer {
    const before = this.#header.length;
    // Stores at most one byte more than HEADER_LIMIT. That suffices to detect that a header is too long.
    const header = Buffer.concat([this.#header, chunk.subarray(0, HEADER_LIMIT + 1 - before)]);
    const end = header.indexOf(HEADER_END);
    if (end === -1) {
      this.#header = header;
      this.#isBroken = header.length > HEADER_LIMIT;
      return Buffer.alloc(0);
    }
    this.#header = Buffer.alloc(0);
    this.#bodyBytes = bodyLength(header.toString('latin1', 0, end));
    this.#isBroken = !(this.#bodyBytes <= this.#maxMessageBytes);
    return chunk.subarray(end + HEADER_END.length - before);
  }
}

/**
 * Returns the length of the body from the header of a message. Returns NaN for a header that the JSON-RPC library could
 * understand differently from this function: the library uses the last of several lengths, ignores the highest bit of
 * each byte, and does not find the end of a header whose last line ends with two carriage returns.
 */
function bodyLength(header: string): number {
  const lines = header.split('\r\n');
  const [length = '', ...others] = lines.filter((line) => /^content-length:/i.test(line));
  if (others.length > 0 || !lines.every((line) => /^[\w-]+:[ -~]*$/.test(line))) return Number.NaN;
  return Number(/^[\w-]+: *(\d{1,15}) *$/.exec(length)?.[1]);
}
