import {
  BACKSLASH,
  beginsBoolean,
  beginsNumber,
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  endsLiteral,
  NULL,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
} from './jsonBytes.ts';
import { JsonError, malformed } from './jsonError.ts';

/** The difference between the bytes of an opening bracket and its closing one. */
const BRACKET_DISTANCE = CLOSE_OBJECT - OPEN_OBJECT;

/**
 * Skips one value, piece by piece. Looks only at texts and brackets inside of it: most of a cluster's answer is skipped,
 * so most time is spent here.
 */
export class Skipper {
  readonly #open: Uint8Array;
  #depth = 0;
  #depthLimit = 0;
  #kind: 'text' | 'literal' | 'container' = 'literal';
  #isInText = false;
  #isEscaped = false;
  #isDone = false;

  /** @param depthLimit the largest limit that {@link begin} ever gets */
  constructor(depthLimit: number) {
    this.#open = new Uint8Array(depthLimit);
  }

  /** True at the end of the value. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** True for a number, `true`, `false` or `null`, which end at the next byte after them. */
  get isLiteral(): boolean {
    return this.#kind === 'literal';
  }

  /**
   * @param byte the first byte of the value, which {@link skip} does not get again
   * @throws JsonError `malformed`
   */
  begin(byte: number, depthLimit: number): void {
    this.#depth = 0;
    this.#depthLimit = depthLimit;
    this.#isDone = false;
    if (byte === QUOTE) this.resumeText(false);
    else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      this.#kind = 'container';
      this.#isInText = false;
      this.#isEscaped = false;
      this.#descend(byte);
    } else if (beginsNumber(byte) || beginsBoolean(byte) || byte === NULL) this.resumeLiteral();
    else throw malformed();
  }

  /** Continues with a text whose beginning has been read. */
  resumeText(isEscaped: boolean): void {
    this.#kind = 'text';
    this.#depth = 0;
    this.#isInText = true;
    this.#isEscaped = isEscaped;
    this.#isDone = false;
  }

  /** Continues with a literal whose beginning has been read. */
  resumeLiteral(): void {
    this.#kind = 'literal';
    this.#isDone = false;
  }

  /**
   * Returns the position after the skipped bytes: the end of the value, or of `bytes`.
   * @throws JsonError `malformed`, `tooDeep`
   */
  skip(bytes: Uint8Array, start: number): number {
    if (this.#kind === 'literal') return this.#skipLiteral(bytes, start);
    let at = start;
    while (at < bytes.length && !this.#isDone) {
      at = this.#isInText ? this.#skipText(bytes, at) : this.#skipToText(bytes, at);
      this.#isDone = this.#depth === 0 && !this.#isInText;
    }
    return at;
  }

  #skipLiteral(bytes: Uint8Array, start: number): number {
    let at = start;
    while (at < bytes.length && !endsLiteral(bytes[at] as number)) at++;
    this.#isDone = at < bytes.length;
    return at;
  }

  #skipText(bytes: Uint8Array, start: number): number {
    const { length } = bytes;
    let at = this.#isEscaped ? start + 1 : start;
    while (at < length) {
      const byte = bytes[at++];
      if (byte === QUOTE) {
        this.#isInText = false;
        this.#isEscaped = false;
        return at;
      }
      if (byte === BACKSLASH) at++;
    }
    // The last byte was a backslash: the escaped byte follows in the next piece.
    this.#isEscaped = at > length;
    return length;
  }

  /** Skips to the position after the next quotation mark, or to the end of the value. */
  #skipToText(bytes: Uint8Array, start: number): number {
    const { length } = bytes;
    let at = start;
    while (at < length) {
      const byte = bytes[at++] as number;
      if (byte === QUOTE) {
        this.#isInText = true;
        return at;
      }
      // All brackets have larger bytes than digits and the marks between values.
      if (byte < OPEN_ARRAY) continue;
      if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) this.#descend(byte);
      else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
        if (this.#open[--this.#depth] !== byte - BRACKET_DISTANCE) throw malformed();
        if (this.#depth === 0) return at;
      }
    }
    return at;
  }

  #descend(byte: number): void {
    if (this.#depth >= this.#depthLimit) throw new JsonError('tooDeep', 'nests too deeply');
    this.#open[this.#depth++] = byte;
  }
}
