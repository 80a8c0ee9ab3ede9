/** Returns whether `npm run soak` runs the test, with counts that are too large for `npm test`. */
export function isSoak(): boolean {
  return process.env['SOAK_SECONDS'] !== undefined;
}
