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

/** Returns the type of a state or notice, and the message of its error if it has one. */
export function reasonOf(notice: { readonly type: string; readonly error?: Error | undefined }): string {
  return notice.error === undefined ? notice.type : `${notice.type}: ${notice.error.message}`;
}
