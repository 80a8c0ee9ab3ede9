/** Whether `npm run soak` runs the test, whose counts are too large for `npm test`. */
export function isSoak(): boolean {
  return process.env['SOAK_SECONDS'] !== undefined;
}
