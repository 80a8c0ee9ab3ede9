import type { FakeClock } from './fakeClock.ts';

/** Moves the clock by steps, with a turn of the event loop between them, until the promise settles. Returns its result. */
export async function untilSettled<T>(promise: Promise<T>, clock: FakeClock, stepMs: number): Promise<T> {
  let isOver = false;
  const over = promise.finally(() => {
    isOver = true;
  });
  over.catch(() => {});
  while (!isOver) {
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(stepMs);
  }
  return await promise;
}
