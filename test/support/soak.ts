/** Returns whether `npm run soak` runs the test. If so, the test uses larger numbers than in `npm test`. */
export function isSoak(): boolean {
  return process.env['SOAK_SECONDS'] !== undefined;
}
