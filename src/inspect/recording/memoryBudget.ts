/** A memory limit that several recordings share. */
export class MemoryBudget {
  readonly #limitBytes: number;
  readonly #makeRoom: () => boolean;
  #usedBytes = 0;

  /**
   * @param makeRoom discards the oldest recording, which calls {@link giveBack}. Returns false if there is no recording
   *   to discard
   */
  constructor(limitBytes: number, makeRoom: () => boolean) {
    this.#limitBytes = limitBytes;
    this.#makeRoom = makeRoom;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /**
   * Reserves bytes. If the bytes would exceed the limit, first calls `makeRoom` until there is enough memory. Returns
   * false if there is not enough memory even then. After true, the caller must later call {@link giveBack}.
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
