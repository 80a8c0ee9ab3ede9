/**
 * How long a test waits for one event, in milliseconds. Shorter than the time limit of a test, so that the error can
 * say which event was missing.
 */
export const WAIT_LIMIT_MS = 90_000;
