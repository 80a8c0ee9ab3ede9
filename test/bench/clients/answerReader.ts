/**
 * The maximum number of bytes that are converted to text to find the end of a response's head. All heads in the
 * benchmark are shorter.
 */
const MAX_HEAD_BYTES = 8 * 1024;
const LINE_FEED = 0x0a;

/** Finds the end of a response's body in the bytes of the body. */
interface Body {
  /** Processes the next bytes. Returns whether the body is complete. */
  read(bytes: Uint8Array): boolean;
}

/**
 * Finds the end of an HTTP response, whether its body has a length, is chunked, or ends with the connection. Counts the
 * bytes, but does not keep them.
 */
export class AnswerReader {
  received = 0;
  isWhole = false;
  #head = '';
  #body: Body | undefined;

  /** Processes the next bytes. Returns whether the response is complete. @throws Error if the status is not 2xx */
  read(bytes: Uint8Array): boolean {
    this.received += bytes.length;
    this.isWhole = this.#body === undefined ? this.#readHead(bytes) : this.#body.read(bytes);
    return this.isWhole;
  }

  /** Handles a FIN of the server. Returns whether the response is complete. */
  end(): boolean {
    this.isWhole ||= this.#body === UNTIL_END;
    return this.isWhole;
  }

  #readHead(bytes: Uint8Array): boolean {
    const before = this.#head.length;
    this.#head += Buffer.from(bytes.subarray(0, MAX_HEAD_BYTES)).toString('latin1');
    const end = this.#head.indexOf('\r\n\r\n');
    if (end < 0) return false;
    const head = this.#head.slice(0, end);
    if (!/^HTTP\/1\.[01] 2/.test(head)) throw new Error(`the answer was ${head.split('\r\n', 1)[0]}`);
    this.#body = bodyOf(head);
    return this.#body.read(bytes.subarray(end + 4 - before));
  }
}

const UNTIL_END: Body = { read: () => false };

function bodyOf(head: string): Body {
  if (/^transfer-encoding: *chunked/im.test(head)) return new ChunkedBody();
  const length = /^content-length: *(\d+)/im.exec(head)?.[1];
  return length === undefined ? UNTIL_END : new SizedBody(Number(length));
}

class SizedBody implements Body {
  #left: number;

  constructor(length: number) {
    this.#left = length;
  }

  read(bytes: Uint8Array): boolean {
    this.#left -= bytes.length;
    return this.#left <= 0;
  }
}

/** A body with chunked transfer coding (RFC 9112 section 7.1). */
class ChunkedBody implements Body {
  /** The remaining bytes of the current chunk, including the line break after the chunk. */
  #left = 0;
  #line = '';
  #isTrailer = false;

  read(bytes: Uint8Array): boolean {
    for (let offset = 0; offset < bytes.length; ) {
      if (this.#left > 0) {
        const taken = Math.min(this.#left, bytes.length - offset);
        this.#left -= taken;
        offset += taken;
        continue;
      }
      const byte = bytes[offset++] ?? 0;
      if (byte !== LINE_FEED) this.#line += String.fromCharCode(byte);
      else if (this.#endLine()) return true;
    }
    return false;
  }

  /** Handles the end of a chunk size line or a trailer line. Returns whether the body is complete. */
  #endLine(): boolean {
    const line = this.#line.trim();
    this.#line = '';
    if (this.#isTrailer) return line === '';
    const size = Number.parseInt(line, 16);
    if (size === 0) this.#isTrailer = true;
    else this.#left = size + 2;
    return false;
  }
}
