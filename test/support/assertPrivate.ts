import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';

/**
 * Fails if the path does not exist, or if others than its owner may use it. On Windows, which has no modes, the folder above
 * decides.
 */
export async function assertPrivate(path: string, mode: 0o600 | 0o700 = 0o600): Promise<void> {
  const status = await stat(path);
  if (process.platform !== 'win32') assert.equal(status.mode & 0o777, mode, path);
}
