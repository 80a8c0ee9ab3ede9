import { delay } from '../../src/base/async.ts';

const LIMIT_MS = 30_000;
const STEP_MS = 10;

/**
 * Polls a condition that has no event. Throws an error with the text `otherwise` after 30 s, which is enough even for a
 * busy machine.
 */
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
