/**
 * Returns whether `npm run soak` runs the test, so that the test should use counts that are too large for `npm test`.
 */
export function isSoak(): boolean {
  return process.env['SOAK_SECONDS'] !== undefined;
}
