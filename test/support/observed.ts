import type { Event } from '../../src/base/event.ts';

/** Returns the list of all values that an event fires from now on. */
export function recorded<T>(event: Event<T>): T[] {
  const values: T[] = [];
  event((value) => values.push(value));
  return values;
}
