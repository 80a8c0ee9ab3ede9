/** How long a test waits for one event, in milliseconds: shorter than the limit of a test, so that the failure says what was missing. */
export const WAIT_LIMIT_MS = 90_000;
