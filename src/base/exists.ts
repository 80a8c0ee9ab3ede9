import { stat } from 'node:fs/promises';
import { systemErrorCode } from './errors.ts';

/** Returns true if a file or folder exists at the path. Returns false if this process has no access to the path. */
export async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}

/**
 * Returns true if no file or folder exists at the path. Returns false if this process cannot find out, for example
 * because it has no access to the path.
 */
export async function isMissing(path: string): Promise<boolean> {
  return await stat(path).then(
    () => false,
    (error: unknown) => systemErrorCode(error) === 'ENOENT',
  );
}
