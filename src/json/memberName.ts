import { BACKSLASH, QUOTE } from './jsonBytes.ts';
import type { KeptJson } from './keptJson.ts';
import type { FieldNode } from './shape.ts';

/** The longest names in Kubernetes are labels with 317 characters. Bytes. */
const LENGTH_LIMIT = 512;

/** The name of an object's member as it is written between its quotation marks, read piece by piece. */
export class MemberName {
  readonly #bytes = new Uint8Array(LENGTH_LIMIT);
  #length = 0;
  #isEscaped = false;
  #isComplete = false;

  /** True when the name has ended. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** True if the name is longer than the limit. */
  get isTooLong(): boolean {
    return this.#length === LENGTH_LIMIT;
  }

  begin(): void {
    this.#length = 0;
    this.#isEscaped = false;
    this.#isComplete = false;
  }

  /** Returns the position after the bytes that it has read. */
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

  /** Returns the field of that name. No server writes the names of Kubernetes' fields with escapes. */
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
