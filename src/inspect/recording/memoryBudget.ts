/** A memory limit that several users share. */
export class MemoryBudget {
  readonly #limitBytes: number;
  readonly #makeRoom: () => boolean;
  #usedBytes = 0;

  /** @param makeRoom frees the oldest part of the used memory; returns false if there is nothing to free */
  constructor(limitBytes: number, makeRoom: () => boolean) {
    this.#limitBytes = limitBytes;
    this.#makeRoom = makeRoom;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /**
   * Reserves bytes, and frees older parts if necessary. Returns false if there is not enough memory. Otherwise the
   * caller must later call {@link giveBack}.
   */
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
