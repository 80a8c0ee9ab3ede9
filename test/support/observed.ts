import type { Event } from '../../src/base/event.ts';

/** Returns the list of all values that an event fires from now on. */
export function recorded<T>(event: Event<T>): T[] {
  const values: T[] = [];
  event((value) => values.push(value));
  return values;
}

/** Returns a function that says whether the promise has settled by now. */
export function isSettled(promise: Promise<unknown>): () => boolean {
  let isOver = false;
  const onEnd = () => {
    isOver = true;
  };
  promise.then(onEnd, onEnd);
  return () => isOver;
}
