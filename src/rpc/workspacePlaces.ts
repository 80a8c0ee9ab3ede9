import { isAbsolute, relative } from 'node:path';
import type { WorkspacePlaces } from './clustersContract.ts';

/**
 * Returns whether a workspace controls at least one of the files: the workspace settings name the file, or the file is
 * in a folder of the workspace.
 */
export function isWithin(files: readonly string[], { folders, named }: WorkspacePlaces): boolean {
  return files.some(
    (file) => named.some((one) => isSamePath(one, file)) || folders.some((folder) => contains(folder, file)),
  );
}

function contains(folder: string, file: string): boolean {
  const path = relative(spelled(folder), spelled(file));
  return !isAbsolute(path) && path !== '..' && !/^\.\.[\\/]/.test(path);
}

/** Returns whether two paths are equal. Ignores case on Windows and macOS, where file names usually ignore case. */
export function isSamePath(a: string, b: string): boolean {
  return spelled(a) === spelled(b);
}

/**
 * Converts a path to the form in which paths are compared: lower case on Windows and macOS, where file names usually
 * ignore case.
 */
function spelled(path: string): string {
  return process.platform === 'win32' || process.platform === 'darwin' ? path.toLowerCase() : path;
}
