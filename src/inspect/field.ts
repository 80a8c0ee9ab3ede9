/** A header or a trailer of an HTTP request or response. */
export type Field = readonly [name: string, value: string];

/**
 * Returns the value of the first field with this name, ignoring case; undefined if there is no such field.
 * @param name in lower case
 */
export function fieldValue(fields: readonly Field[], name: string): string | undefined {
  return fields.find(([candidate]) => candidate.toLowerCase() === name)?.[1];
}
