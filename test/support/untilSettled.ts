import type { FakeClock } from './fakeClock.ts';

/**
 * Advances the clock step by step until the promise settles. Waits for a turn of the event loop before each step, so
 * that the tested code can run. Returns the result of the promise.
 */
export async function untilSettled<T>(promise: Promise<T>, clock: FakeClock, stepMs: number): Promise<T> {
  let isSettled = false;
  const over = promise.finally(() => {
    isSettled = true;
  });
  over.catch(() => {});
  while (!isSettled) {
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(stepMs);
  }
  return await promise;
}
