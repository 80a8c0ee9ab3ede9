import { AsyncLocalStorage } from 'node:async_hooks';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeError } from '../base/errors.ts';
import { PRIVATE_FILE_MODE } from '../base/privateFiles.ts';

/** Receives an uncaught error of a timer, callback or promise that was created in {@link runContained}. */
export type FailureHandler = (error: unknown) => void;

const work = new AsyncLocalStorage<FailureHandler>();

/**
 * Runs a function. Passes uncaught errors of the timers, callbacks and promises that the function creates to
 * `onFailure`, so that these errors do not end the process. An exception of the function itself goes to the caller.
 * Works only after {@link containFailures} was called.
 */
export function runContained<T>(onFailure: FailureHandler, run: () => T): T {
  return work.run(onFailure, run);
}

/**
 * Adds a handler for the uncaught errors of this process. If the failed code was started in {@link runContained}, the
 * handler calls the `onFailure` given there. For any other error, it calls `onUncontained`.
 */
export function containFailures(onUncontained: (error: unknown) => void): void {
  process.on('uncaughtException', (error) => {
    const onFailure = work.getStore();
    if (onFailure === undefined) return onUncontained(error);
    work.exit(() => onFailure(error));
  });
}

/**
 * From now on, writes each uncaught error to a file in the host's folder, because nobody sees the standard error of
 * this process. The file contains only the last error.
 */
export function recordCrashes(folder: string): void {
  process.on('uncaughtExceptionMonitor', (error: unknown) => {
    try {
      const text = `${new Date().toISOString()}\n${stackOf(error)}\n`;
      writeFileSync(join(folder, 'last-crash.txt'), text, { mode: PRIVATE_FILE_MODE });
    } catch {
      // Ignored: an exception of this event handler would end the process before the handler of containFailures runs.
    }
  });
}

/** Returns the stack of an uncaught error, or its description if something other than an error was thrown. */
export function stackOf(error: unknown): string {
  return (error instanceof Error ? error.stack : undefined) ?? describeError(error);
}
