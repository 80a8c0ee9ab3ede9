/** Returns whether `npm run soak` runs the test. The test then uses counts that are too large for `npm test`. */
export function isSoak(): boolean {
  return process.env['SOAK_SECONDS'] !== undefined;
}
