import { AsyncLocalStorage } from 'node:async_hooks';

/** Told of an error that a piece of work has thrown where nobody could catch it. */
export type FailureHandler = (error: unknown) => void;

const work = new AsyncLocalStorage<FailureHandler>();

/**
 * Runs something whose failures are its own affair, however late they come: an exception in a timer or a listener that it has
 * set up, or a promise that nobody waits for, reaches `onFailure` and not the end of the process.
 */
export function runContained<T>(onFailure: FailureHandler, run: () => T): T {
  return work.run(onFailure, run);
}

/** Listens for errors that nobody caught. Those of contained work reach their handler, all others end the process as ever. */
export function containFailures(onUncontained: (error: unknown) => void): void {
  process.on('uncaughtException', (error) => {
    const onFailure = work.getStore();
    if (onFailure === undefined) return onUncontained(error);
    work.exit(() => onFailure(error));
  });
}
