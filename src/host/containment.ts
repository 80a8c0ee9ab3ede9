import { AsyncLocalStorage } from 'node:async_hooks';

/** Receives an uncaught error of a timer, listener or promise that a function in {@link runContained} has created. */
export type FailureHandler = (error: unknown) => void;

const work = new AsyncLocalStorage<FailureHandler>();

/**
 * Runs a function, and passes uncaught errors of its timers, listeners and promises to `onFailure`, so that they do not
 * end the process. An exception of the function itself goes to the caller. Works only after {@link containFailures} was
 * called.
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
