/**
 * The delay before an operation that failed is tried again. Immutable: `next()` returns a new object with the delay for
 * the following failure.
 */
export interface Backoff {
  readonly delayMs: number;
  next(): Backoff;
}

export interface BackoffOptions {
  readonly firstMs: number;
  readonly maxMs: number;
  /**
   * Returns a random number in [0, 1): `Math.random`, except in tests. Without randomness, many forwards would retry at
   * the same time.
   */
  readonly random: () => number;
}

/**
 * Returns a backoff with random delays. Each delay is between half of a step and the whole step. The step is `firstMs`
 * after the first failure, doubles with each further failure, and is at most `maxMs`.
 * @param stepMs the step of the returned backoff; optional, default `firstMs`
 */
export function exponentialBackoff(options: BackoffOptions, stepMs = options.firstMs): Backoff {
  const step = Math.min(stepMs, options.maxMs);
  return {
    delayMs: step / 2 + (options.random() * step) / 2,
    next: () => exponentialBackoff(options, step * 2),
  };
}
