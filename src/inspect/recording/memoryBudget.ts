/** A memory limit that many users share. */
export class MemoryBudget {
  readonly #limitBytes: number;
  readonly #makeRoom: () => boolean;
  #usedBytes = 0;

  /** @param makeRoom frees the oldest part; returns false if there is none */
  constructor(limitBytes: number, makeRoom: () => boolean) {
    this.#limitBytes = limitBytes;
    this.#makeRoom = makeRoom;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** Returns whether the bytes may be kept. If so, the caller gives them back later. */
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
