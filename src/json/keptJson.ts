import { malformed } from './jsonError.ts';

const FIRST_CAPACITY = 4096;

/**
 * A buffer in which the JsonScanner collects the JSON of the parts that its shape names, until `JSON.parse` can parse
 * them. If the scanner finds that a value does not have its shape, it removes the value from the end of the buffer.
 */
export class KeptJson {
  readonly #maxBytes: number;
  #bytes = Buffer.allocUnsafe(FIRST_CAPACITY);
  #length = 0;
  #isOverfull = false;

  /**
   * @param maxBytes the size limit of the buffer; if a value does not fit, {@link takeFrom} returns undefined for this
   *   value
   */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get length(): number {
    return this.#length;
  }

  put(byte: number): void {
    if (this.#length === this.#bytes.length && !this.#grow(1)) return;
    this.#bytes[this.#length++] = byte;
  }

  /** Appends the bytes at the positions `from` to `to - 1`. */
  putAll(bytes: Uint8Array, from: number, to: number): void {
    const count = to - from;
    if (this.#length + count > this.#bytes.length && !this.#grow(count)) return;
    const target = this.#bytes;
    let length = this.#length;
    for (let i = from; i < to; i++) target[length++] = bytes[i] as number;
    this.#length = length;
  }

  /**
   * Removes an unwanted part of a value that is still being read: everything from `start` on. If the value has already
   * exceeded the size limit, {@link takeFrom} still returns undefined for it, because bytes of its other parts are
   * missing.
   */
  cut(start: number): void {
    this.#length = start;
  }

  /**
   * Removes a whole value, which begins at `start`. If this value was too long, the buffer can then keep the next
   * value.
   */
  discardFrom(start: number): void {
    this.#length = start;
    this.#isOverfull = false;
  }

  textFrom(start: number): string {
    return this.#bytes.toString('latin1', start, this.#length);
  }

  /**
   * Removes the value whose text begins at `start`, and returns the parsed value. Returns undefined if the value was
   * too long to be kept.
   * @throws JsonError `malformed`
   */
  takeFrom(start: number): unknown {
    const end = this.#length;
    const isOverfull = this.#isOverfull;
    this.discardFrom(start);
    if (isOverfull) return undefined;
    try {
      return JSON.parse(this.#bytes.toString('utf8', start, end));
    } catch {
      // The original error must not become the `cause` of the new error: its message quotes the text, which may contain
      // a secret.
      throw malformed();
    }
  }

  #grow(count: number): boolean {
    const capacity = Math.max(2 * this.#bytes.length, this.#length + count);
    if (this.#length + count > this.#maxBytes) {
      this.#isOverfull = true;
      return false;
    }
    const bytes = Buffer.allocUnsafe(capacity);
    this.#bytes.copy(bytes, 0, 0, this.#length);
    this.#bytes = bytes;
    return true;
  }
}
