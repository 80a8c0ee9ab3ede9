import { malformed } from './jsonError.ts';

const FIRST_CAPACITY = 4096;

/** JSON text that grows byte by byte, and whose parts can be removed again. */
export class KeptJson {
  readonly #maxBytes: number;
  #bytes = Buffer.allocUnsafe(FIRST_CAPACITY);
  #length = 0;
  #isOverfull = false;

  /** @param maxBytes longer values are not kept */
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

  /** Appends a part of `bytes`. */
  putAll(bytes: Uint8Array, from: number, to: number): void {
    const count = to - from;
    if (this.#length + count > this.#bytes.length && !this.#grow(count)) return;
    const target = this.#bytes;
    let length = this.#length;
    for (let i = from; i < to; i++) target[length++] = bytes[i] as number;
    this.#length = length;
  }

  /** Removes the part of a value from `start` on. */
  cut(start: number): void {
    this.#length = start;
  }

  /** Removes a whole value that is too long or has another shape. */
  discardFrom(start: number): void {
    this.#length = start;
    this.#isOverfull = false;
  }

  textFrom(start: number): string {
    return this.#bytes.toString('latin1', start, this.#length);
  }

  /**
   * Removes and returns the value whose text begins at `start`. Undefined if the value was too long to be kept.
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
      // The error quotes the text.
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
