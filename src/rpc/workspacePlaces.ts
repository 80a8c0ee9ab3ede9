import { isAbsolute, relative } from 'node:path';
import type { WorkspacePlaces } from './contract.ts';

/** Whether a workspace decides about one of the files: its settings name it, or it lies in one of its folders. */
export function isWithin(files: readonly string[], { folders, named }: WorkspacePlaces): boolean {
  return files.some(
    (file) => named.some((one) => isSame(one, file)) || folders.some((folder) => contains(folder, file)),
  );
}

function contains(folder: string, file: string): boolean {
  const path = relative(spelled(folder), spelled(file));
  return !isAbsolute(path) && path !== '..' && !/^\.\.[\\/]/.test(path);
}

/** Whether two paths are one. */
export function isSame(a: string, b: string): boolean {
  return spelled(a) === spelled(b);
}

/** On these systems a path in other case is the same path. */
function spelled(path: string): string {
  return process.platform === 'win32' || process.platform === 'darwin' ? path.toLowerCase() : path;
}
