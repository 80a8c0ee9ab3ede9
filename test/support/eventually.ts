import { delay } from '../../src/base/async.ts';

const LIMIT_MS = 10_000;
const STEP_MS = 10;

/** Waits until a condition without an event of its own holds; fails with `otherwise` when it does not for 10 s. */
export async function eventually(
  condition: () => boolean | Promise<boolean>,
  otherwise: string | (() => string),
): Promise<void> {
  for (const start = performance.now(); performance.now() - start < LIMIT_MS; ) {
    if (await condition()) return;
    await delay(STEP_MS);
  }
  throw new Error(typeof otherwise === 'string' ? otherwise : otherwise());
}
