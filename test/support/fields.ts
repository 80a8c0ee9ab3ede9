/** Returns the value of one field of each object. */
export function fieldOf<T, K extends keyof T>(
  objects: readonly T[] | null | undefined,
  field: K,
): T[K][] | undefined {
  return objects?.map((object) => object[field]);
}

/** Returns the values of some fields of each object. */
export function columns<T, K extends keyof T>(
  objects: readonly T[] | null | undefined,
  ...fields: readonly K[]
): T[K][][] | undefined {
  return objects?.map((object) => fields.map((field) => object[field]));
}
