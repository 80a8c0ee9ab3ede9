import type { Writable } from 'node:stream';
import type { Disposable } from '../base/disposable.ts';

/**
 * Writes so that what comes within one turn of the event loop leaves in two writes at most: the first piece at once, what
 * follows together at the end of the turn. TLS hands bytes over in pieces of 16 KiB, and a system call for each of them
 * costs more than all else that is done with it. The stream stays the caller's.
 */
export class TurnWriter implements Disposable {
  readonly #stream: Writable;
  readonly #onFull: () => void;
  #turn: NodeJS.Immediate | undefined;
  #isGathering = false;

  /** @param onFull called when the stream takes no more for now; its `drain` tells when it does again */
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

  /** Lets out what it gathered. */
  dispose(): void {
    clearImmediate(this.#turn);
    this.#release();
  }

  /** What one turn brings is bounded: only what is left of it then holds the sender up. */
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
