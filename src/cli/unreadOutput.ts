import type { Writable } from 'node:stream';

/**
 * How long the reader of a pipe may take to read the last lines after a forward, `proxy` or `requests --follow` has
 * ended, in milliseconds. Then the process ends, and unread lines are lost.
 */
const LIMIT_MS = 1_000;

/**
 * Resolves when the reader of a pipe has read everything, or has closed the pipe. A command that only prints waits for
 * its reader, however late: a pager reads the rest of the output only when a person scrolls.
 */
export function untilRead(output: Writable): Promise<void> {
  return new Promise((resolve) => output.write('', () => resolve()));
}

/**
 * Ends the process if its output is still unread after {@link LIMIT_MS}: a full pipe would keep the process alive
 * forever. If all output is read, the process ends sooner by itself.
 */
export function exitWithUnreadOutput(outputs: readonly Writable[], exit: () => void): void {
  const timer = setTimeout(() => {
    if (outputs.some((output) => output.writableLength > 0)) exit();
  }, LIMIT_MS);
  timer.unref();
}
