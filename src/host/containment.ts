import { AsyncLocalStorage } from 'node:async_hooks';

/** Receives an error that contained work threw where nobody could catch it. */
export type FailureHandler = (error: unknown) => void;

const work = new AsyncLocalStorage<FailureHandler>();

/**
 * Runs a function whose failures must not end the process. Even late errors go to `onFailure`: an exception in a timer or
 * listener that the function set up, or a rejection that nobody handles.
 */
export function runContained<T>(onFailure: FailureHandler, run: () => T): T {
  return work.run(onFailure, run);
}

/** Handles errors that nobody caught. Errors of contained work go to their handler; all others go to `onUncontained`. */
export function containFailures(onUncontained: (error: unknown) => void): void {
  process.on('uncaughtException', (error) => {
    const onFailure = work.getStore();
    if (onFailure === undefined) return onUncontained(error);
    work.exit(() => onFailure(error));
  });
}
