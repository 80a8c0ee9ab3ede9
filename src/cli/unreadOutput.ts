import type { Writable } from 'node:stream';

/** How long the last lines may take, milliseconds. */
const LIMIT_MS = 1_000;

/**
 * Ends the process although nobody reads what it wrote: a full pipe would keep it for ever. Where all is read, it ends by
 * itself, and sooner.
 */
export function endThoughUnread(outputs: readonly Writable[], exit: () => void): void {
  const timer = setTimeout(() => {
    if (outputs.some((output) => output.writableLength > 0)) exit();
  }, LIMIT_MS);
  timer.unref();
}
