/** Longer than the head of any answer here. */
const MAX_HEAD_BYTES = 8 * 1024;
const LINE_FEED = 0x0a;

/** A body whose bytes tell its end. */
interface Body {
  /** Takes the next bytes; returns whether the body is complete. */
  read(bytes: Uint8Array): boolean;
}

/** Finds the end of an answer in each form of its body, counting the bytes only. */
export class AnswerReader {
  received = 0;
  isWhole = false;
  #head = '';
  #body: Body | undefined;

  /** Takes the next bytes; returns whether the answer is complete. @throws Error for a refusing answer */
  read(bytes: Uint8Array): boolean {
    this.received += bytes.length;
    this.isWhole = this.#body === undefined ? this.#readHead(bytes) : this.#body.read(bytes);
    return this.isWhole;
  }

  /** Handles an orderly end of the connection; returns whether the answer is complete. */
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

/** RFC 9112 section 7.1. */
class ChunkedBody implements Body {
  /** Bytes left of the current chunk, with the line break behind it. */
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

  /** Returns whether the line was the last one. */
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
