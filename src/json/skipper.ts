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

/** An opening bracket's byte and its closing one's differ by as much. */
const BRACKET_DISTANCE = CLOSE_OBJECT - OPEN_OBJECT;

/**
 * Passes over one value, piece by piece. Of what is inside it only texts and brackets are looked at: most of what a cluster
 * answers is passed over, so this is where the time goes.
 */
export class Skipper {
  readonly #open: Uint8Array;
  #depth = 0;
  #depthLimit = 0;
  #kind: 'text' | 'literal' | 'container' = 'literal';
  #isInText = false;
  #isEscaped = false;
  #isDone = false;

  /** @param depthLimit the most that {@link begin} is ever given */
  constructor(depthLimit: number) {
    this.#open = new Uint8Array(depthLimit);
  }

  /** Whether the value is at its end. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** Whether it is a number, `true`, `false` or `null`, whose end is seen by what follows it. */
  get isLiteral(): boolean {
    return this.#kind === 'literal';
  }

  /** @param byte the value's first, which {@link skip} does not get again. @throws JsonError `malformed` */
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

  /** The value is a text, and its beginning has been read. */
  resumeText(isEscaped: boolean): void {
    this.#kind = 'text';
    this.#depth = 0;
    this.#isInText = true;
    this.#isEscaped = isEscaped;
    this.#isDone = false;
  }

  /** The value is a literal, and its beginning has been read. */
  resumeLiteral(): void {
    this.#kind = 'literal';
    this.#isDone = false;
  }

  /** Returns where it came to: the value's end, or that of `bytes`. @throws JsonError `malformed`, `tooDeep` */
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
    // A backslash was the last byte: what it escapes is yet to come.
    this.#isEscaped = at > length;
    return length;
  }

  /** To behind the next text's quotation mark, or to the value's end. */
  #skipToText(bytes: Uint8Array, start: number): number {
    const { length } = bytes;
    let at = start;
    while (at < length) {
      const byte = bytes[at++] as number;
      if (byte === QUOTE) {
        this.#isInText = true;
        return at;
      }
      // All brackets lie above the digits and the marks between values.
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
