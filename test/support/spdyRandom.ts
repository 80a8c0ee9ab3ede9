/** Creates random numbers with the algorithm mulberry32. The same seed always results in the same numbers. */
export class SpdyRandom {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** Returns a whole number from 0 to `limit - 1`. */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  }

  /** Returns an element of a list, which must not be empty. */
  pick<T>(list: readonly T[]): T {
    const item = list[this.below(list.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }
}

/**
 * Returns the seed for random tests: the environment variable `SEED`, or else a fixed number. The caller prints the
 * seed, so that a run can be repeated.
 */
export function testSeed(): number {
  return Number(process.env['SEED'] ?? 20261124);
}
