import type { Writable } from 'node:stream';
import type { Disposable } from '../base/disposable.ts';

/**
 * Writes to a stream in at most two writes for each turn of the event loop: the first piece at once, the rest together at the
 * end of the turn. TLS delivers bytes in pieces of 16 KiB, and a system call for each piece would cost more than all other work
 * on it. The stream stays the caller's.
 */
export class TurnWriter implements Disposable {
  readonly #stream: Writable;
  readonly #onFull: () => void;
  #turn: NodeJS.Immediate | undefined;
  #isGathering = false;

  /** @param onFull called when the stream takes no more for now; the stream's `drain` event tells when it does again */
  constructor(stream: Writable, onFull: () => void) {
    this.#stream = stream;
    this.#onFull = onFull;
  }

  write(piece: Buffer): void {
    if (this.#turn === undefined) this.#turn = setImmediate(() => this.#endTurn());
    else if (!this.#isGathering) {
      this.#isGathering = true;
      this.#stream.cork();
    }
    this.#stream.write(piece);
  }

  /** Writes the gathered bytes. */
  dispose(): void {
    clearImmediate(this.#turn);
    this.#release();
  }

  /** A turn brings a limited number of bytes, so only a rest that the stream does not take holds the sender up. */
  #endTurn(): void {
    this.#turn = undefined;
    this.#release();
    if (this.#stream.writableNeedDrain) this.#onFull();
  }

  #release(): void {
    if (!this.#isGathering) return;
    this.#isGathering = false;
    this.#stream.uncork();
  }
}
