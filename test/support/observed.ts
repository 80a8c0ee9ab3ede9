import type { Event } from '../../src/base/event.ts';

/** Returns a list to which each value that the event fires from now on is added. */
export function recorded<T>(event: Event<T>): T[] {
  const values: T[] = [];
  event((value) => values.push(value));
  return values;
}
