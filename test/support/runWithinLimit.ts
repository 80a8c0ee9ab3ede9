import { runInNewContext } from 'node:vm';

/** The time limit. For 128 KiB, linear code needs about a millisecond, and quadratic code needs seconds. */
const LIMIT_MS = 1_000;

/** Runs synchronous code, and returns its result. @throws Error `ERR_SCRIPT_EXECUTION_TIMEOUT` if it runs too long */
export function runWithinLimit<T>(run: () => T): T {
  return runInNewContext('run()', { run }, { timeout: LIMIT_MS }) as T;
}
