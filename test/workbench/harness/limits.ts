/** How long a step of the workbench may take on a busy machine, in milliseconds. */
export const STEP_LIMIT_MS = 30_000;
/** How long one try may take before it is repeated, in milliseconds: VS Code loses keys and clicks while it redraws. */
export const ATTEMPT_LIMIT_MS = 3_000;
/** How long the server may take to start, or the workbench to load. */
export const START_LIMIT_MS = 60_000;

const POLL_MS = 50;

/**
 * Resolves with the first value of `read` other than undefined and false. Rejects after `limitMs` with `what` and the last error of
 * `read`.
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
