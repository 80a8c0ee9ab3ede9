/** How long a step of a test may take on a busy machine, in milliseconds. A step is for example a click. */
export const STEP_LIMIT_MS = 30_000;
/**
 * How long one attempt of a step may take before it is repeated, in milliseconds. Steps are repeated because VS Code
 * loses keys and clicks while it redraws.
 */
export const ATTEMPT_LIMIT_MS = 3_000;
/** How long the VS Code server may take to start, and a window to load, in milliseconds. */
export const START_LIMIT_MS = 60_000;

const POLL_MS = 50;

/**
 * Calls `read` repeatedly until it returns a value other than undefined and false. Resolves with this value. Rejects
 * after `limitMs`. The error contains `what`, and as its cause the last error of `read`.
 */
export async function waitFor<T>(
  what: string,
  read: () => Promise<T | undefined | false> | T | undefined | false,
  limitMs: number = STEP_LIMIT_MS,
): Promise<T> {
  const deadline = performance.now() + limitMs;
  let lastError: unknown;
  while (performance.now() < deadline) {
    try {
      const value = await read();
      if (value !== undefined && value !== false) return value;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new Error(`waited ${limitMs / 1000} s for ${what}`, { cause: lastError });
}
