/**
 * Calls a function of the program. If it throws, the error becomes an uncaught exception, as that of any callback. It does not disturb the
 * forward, which would otherwise be left half-changed.
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
