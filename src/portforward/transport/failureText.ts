import { StringDecoder } from 'node:string_decoder';

/**
 * The maximum size of an error message from the error stream of a connection, in bytes. The rest of a longer message is
 * dropped.
 */
const FAILURE_LIMIT = 8 * 1024;

/** The error message of a connection, which arrives in pieces. The pieces may split a character. */
export class FailureText {
  readonly #decoder = new StringDecoder('utf8');
  #bytesLeft = FAILURE_LIMIT;
  #text = '';

  add(piece: Buffer): void {
    this.#text += this.#decoder.write(piece.subarray(0, this.#bytesLeft));
    this.#bytesLeft -= Math.min(piece.length, this.#bytesLeft);
  }

  /** The message so far; undefined if nothing was received. */
  get text(): string | undefined {
    return this.#text.trim() || undefined;
  }
}
