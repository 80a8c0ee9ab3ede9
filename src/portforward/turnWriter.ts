import type { Writable } from 'node:stream';
import type { Disposable } from '../base/disposable.ts';

/**
 * Writes to a stream at most twice in each turn of the event loop: the first piece at once, and all other pieces
 * together at the end of the turn. TLS delivers bytes in pieces of 16 KiB, and a system call for each piece would cost
 * more than all other work on the piece. The caller keeps ownership of the stream.
 */
export class TurnWriter implements Disposable {
  readonly #stream: Writable;
  readonly #onFull: () => void;
  #turn: NodeJS.Immediate | undefined;
  #isGathering = false;

  /**
   * @param onFull called at the end of a turn if the stream is full. When the stream can accept bytes again, the stream
   *   fires `drain`
   */
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

  /** Writes the pieces that wait for the end of the turn. */
  dispose(): void {
    clearImmediate(this.#turn);
    this.#release();
  }

  /**
   * Reports a full stream only at the end of a turn, so that the sender is not paused for bytes that the stream accepts
   * at once. Until then, the stream buffers all bytes. They cannot fill the memory, because the number of bytes that
   * arrive in one turn is limited.
   */
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
