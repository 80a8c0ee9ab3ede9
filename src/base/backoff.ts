/** How long to wait before the next try. Immutable: `next()` returns the following delay. */
export interface Backoff {
  readonly delayMs: number;
  next(): Backoff;
}

export interface BackoffOptions {
  readonly firstMs: number;
  readonly maxMs: number;
  /** Returns a number in [0, 1), `Math.random` in production. Spreads the retries of many clients over half of the delay. */
  readonly random: () => number;
}

/** Doubles from `firstMs` to `maxMs`; each delay is drawn from the upper half of its step. */
export function exponentialBackoff(options: BackoffOptions, stepMs = options.firstMs): Backoff {
  const step = Math.min(stepMs, options.maxMs);
  return {
    delayMs: step / 2 + (options.random() * step) / 2,
    next: () => exponentialBackoff(options, step * 2),
  };
}
