/** A limit for memory that many share. */
export class MemoryBudget {
  readonly #limitBytes: number;
  readonly #makeRoom: () => boolean;
  #usedBytes = 0;

  /** @param makeRoom gives the oldest part back, and returns false if there is none */
  constructor(limitBytes: number, makeRoom: () => boolean) {
    this.#limitBytes = limitBytes;
    this.#makeRoom = makeRoom;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** Returns true if the bytes may be kept; then they have to be given back. */
  take(bytes: number): boolean {
    while (this.#usedBytes + bytes > this.#limitBytes) {
      if (!this.#makeRoom()) return false;
    }
    this.#usedBytes += bytes;
    return true;
  }

  giveBack(bytes: number): void {
    this.#usedBytes -= bytes;
  }
}
