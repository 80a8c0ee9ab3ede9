import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';

/**
 * Fails if the path does not exist or its file mode is not `mode`, which allows only the owner. Windows has no file
 * modes, so the mode is not checked there.
 */
export async function assertPrivate(path: string, mode: 0o600 | 0o700 = 0o600): Promise<void> {
  const status = await stat(path);
  if (process.platform !== 'win32') assert.equal(status.mode & 0o777, mode, path);
}
