import { stat } from 'node:fs/promises';

/** Returns true if something exists at the path. Returns false if this process is not permitted to look. */
export async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}
