/** Returns the value of one field of each object. */
export function fieldOf<T, K extends keyof T>(
  objects: readonly T[] | undefined,
  field: K,
): T[K][] | undefined {
  return objects?.map((object) => object[field]);
}
