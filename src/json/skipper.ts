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

/**
 * The byte of a closing bracket minus the byte of its opening bracket, which is the same for `{}` and `[]`.
 * {@link Skipper} subtracts this number from a closing bracket to get the bracket that must have been opened.
 */
const BRACKET_DISTANCE = CLOSE_OBJECT - OPEN_OBJECT;

/**
 * Finds the end of a JSON value that no shape names, and that can arrive in several pieces. Most bytes of a cluster's
 * answers belong to such values. Therefore the skipper must be fast, and checks only quotation marks and brackets.
 */
export class Skipper {
  readonly #open: Uint8Array;
  #depth = 0;
  #depthLimit = 0;
  #kind: 'text' | 'literal' | 'container' = 'literal';
  #isInText = false;
  #isEscaped = false;
  #isDone = false;

  /** @param depthLimit the largest depth limit that is ever passed to {@link begin} */
  constructor(depthLimit: number) {
    this.#open = new Uint8Array(depthLimit);
  }

  /** True after the end of the value was skipped. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /**
   * True if the value is a number, `true`, `false` or `null`. Such a value has no closing byte: it ends before the
   * first byte that cannot be a part of it.
   */
  get isLiteral(): boolean {
    return this.#kind === 'literal';
  }

  /**
   * Begins to skip a value.
   * @param byte the first byte of the value; only the bytes after it must be passed to {@link skip}
   * @param depthLimit how deep objects and arrays may be nested in the value
   * @throws JsonError `malformed`, `tooDeep`
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

  /**
   * Begins to skip a text after its opening quotation mark, or the rest of a text that is too long to keep.
   * @param isEscaped true if the first byte of the rest follows a backslash that escapes it
   */
  resumeText(isEscaped: boolean): void {
    this.#kind = 'text';
    this.#depth = 0;
    this.#isInText = true;
    this.#isEscaped = isEscaped;
    this.#isDone = false;
  }

  /**
   * Begins to skip a number, `true`, `false` or `null` after its first byte, or the rest of a number that is too long
   * to keep.
   */
  resumeLiteral(): void {
    this.#kind = 'literal';
    this.#isDone = false;
  }

  /**
   * Skips bytes up to the end of the value, or to the end of `bytes`. Returns the position of the first byte that was
   * not skipped.
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
    // True if this piece of the JSON ends with a backslash that escapes the first byte of the next piece. The next call
    // then ignores that byte: it may be a quotation mark that does not end the text.
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
      // Most bytes are digits, commas, colons and white space. All of them have smaller codes than the brackets, so one
      // comparison skips them.
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
