import { stat } from 'node:fs/promises';

/** Returns true if a file or folder exists at the path. Returns false if this process has no access to the path. */
export async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}
