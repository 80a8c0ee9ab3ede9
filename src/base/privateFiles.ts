import type { Stats } from 'node:fs';

/** The modes of a folder and of a file that only their owner can use. Windows ignores modes. */
export const PRIVATE_FOLDER_MODE = 0o700;
export const PRIVATE_FILE_MODE = 0o600;

const ANY_ACCESS_OF_OTHERS = 0o077;

/**
 * Returns why other users may be able to use a folder, as a clause for an error message; undefined if only this user
 * can. On Windows, checks only that the path is a folder: the folders of this program are in the user's profile, which
 * other users cannot enter by default.
 * @param status the result of `lstat`
 */
export function folderProblem(status: Stats): string | undefined {
  const kind = status.isSymbolicLink() ? 'a symbolic link' : status.isDirectory() ? 'a folder' : 'a file';
  const isWindows = process.platform === 'win32';
  // Uses `geteuid` instead of `os.userInfo()`, which fails for a user ID without a passwd entry.
  if (!isWindows && status.uid !== process.geteuid?.()) {
    return `it is ${kind} that belongs to user ID ${status.uid}`;
  }
  if (!status.isDirectory()) return `it is ${kind}`;
  return isWindows || (status.mode & ANY_ACCESS_OF_OTHERS) === 0 ? undefined : 'other users can access it';
}
