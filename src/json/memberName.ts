import { BACKSLASH, QUOTE } from './jsonBytes.ts';
import type { KeptJson } from './keptJson.ts';
import type { FieldNode } from './shape.ts';

/**
 * The scanner skips a member whose name has this many bytes or more. The longest names in Kubernetes are keys of
 * labels, with 317 characters.
 */
const LENGTH_LIMIT = 512;

/**
 * Reads the name of an object's member, which can arrive in several pieces. Stores the bytes between the quotation
 * marks without resolving escapes.
 */
export class MemberName {
  readonly #bytes = new Uint8Array(LENGTH_LIMIT);
  #length = 0;
  #isEscaped = false;
  #isComplete = false;

  /** True after the closing quotation mark has been read. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /**
   * True if the name has {@link LENGTH_LIMIT} bytes or more. Then only the beginning of the name is stored, and the
   * scanner skips the member.
   */
  get isTooLong(): boolean {
    return this.#length === LENGTH_LIMIT;
  }

  begin(): void {
    this.#length = 0;
    this.#isEscaped = false;
    this.#isComplete = false;
  }

  /**
   * Reads up to the closing quotation mark or the end of `bytes`. Returns the position of the first byte that was not
   * read.
   */
  read(bytes: Uint8Array, start: number): number {
    for (let at = start; at < bytes.length; at++) {
      const byte = bytes[at] as number;
      if (this.#isEscaped) this.#isEscaped = false;
      else if (byte === BACKSLASH) this.#isEscaped = true;
      else if (byte === QUOTE) {
        this.#isComplete = true;
        return at + 1;
      }
      if (this.#length < LENGTH_LIMIT) this.#bytes[this.#length++] = byte;
    }
    return bytes.length;
  }

  /**
   * Returns the field of an object's shape that has this name, or undefined if the shape has no such field. Compares
   * the bytes without resolving escapes, because no server writes the names of Kubernetes fields with escapes.
   */
  findIn(fieldsByLength: readonly (readonly FieldNode[] | undefined)[]): FieldNode | undefined {
    const candidates = this.isTooLong ? undefined : fieldsByLength[this.#length];
    if (candidates === undefined) return undefined;
    for (const field of candidates) {
      let i = this.#length - 1;
      while (i >= 0 && field.name[i] === this.#bytes[i]) i--;
      if (i < 0) return field;
    }
    return undefined;
  }

  writeTo(kept: KeptJson): void {
    kept.put(QUOTE);
    kept.putAll(this.#bytes, 0, this.#length);
    kept.put(QUOTE);
  }
}
