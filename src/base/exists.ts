import { stat } from 'node:fs/promises';

/** Returns whether something exists at the path, and this process can see it. */
export async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}
