import { AsyncLocalStorage } from 'node:async_hooks';

/** Receives an uncaught error of a function in {@link runContained}. */
export type FailureHandler = (error: unknown) => void;

const work = new AsyncLocalStorage<FailureHandler>();

/**
 * Runs a function whose uncaught errors must not end the process. `onFailure` receives exceptions in timers and
 * listeners that the function set up, and unhandled rejections. An exception of the function itself goes to the caller.
 */
export function runContained<T>(onFailure: FailureHandler, run: () => T): T {
  return work.run(onFailure, run);
}

/**
 * Handles the uncaught errors of this process. An error of a function in {@link runContained} goes to the handler of
 * this function, any other error to `onUncontained`.
 */
export function containFailures(onUncontained: (error: unknown) => void): void {
  process.on('uncaughtException', (error) => {
    const onFailure = work.getStore();
    if (onFailure === undefined) return onUncontained(error);
    work.exit(() => onFailure(error));
  });
}
