/**
 * Calls a callback of the program that uses this library. If the callback throws, the error becomes an
 * uncaught exception, and the forward or gateway that made the call continues as if the callback had
 * returned.
 */
export function callProgram<T>(callback: (value: T) => void, value: T): void {
  try {
    callback(value);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
