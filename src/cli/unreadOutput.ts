import type { Writable } from 'node:stream';

/** How long the last lines may take to be read, in milliseconds. */
const LIMIT_MS = 1_000;

/**
 * Ends the process if nobody reads its output: a full pipe would keep it alive forever. If all output is read, the process ends
 * sooner by itself.
 */
export function exitWithUnreadOutput(outputs: readonly Writable[], exit: () => void): void {
  const timer = setTimeout(() => {
    if (outputs.some((output) => output.writableLength > 0)) exit();
  }, LIMIT_MS);
  timer.unref();
}
