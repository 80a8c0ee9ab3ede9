import { realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { deadline, raceAbort } from './async.ts';

/** The time limit for resolving the links of a path, in milliseconds: a remote file system may never respond. */
const TIME_LIMIT_MS = 5_000;

/**
 * Returns the absolute path of a file without symbolic links and without `..`. If the file does not exist, resolves
 * only the links of its folder. If a link of the folder cannot be resolved either, returns the path without `..`. A
 * file of a volume that Kubernetes has mounted keeps its path, although Kubernetes changes a link whenever it renews
 * the file. Never rejects.
 */
export async function realPath(path: string): Promise<string> {
  const absolute = resolve(path);
  // On Windows, the path may name another computer. Resolving it would sign in there as the user, before the user has
  // allowed anything.
  if (/^\\\\/.test(absolute)) return absolute;
  using limit = deadline(undefined, TIME_LIMIT_MS, () => new Error('it takes too long'));
  const found = async (one: string) => {
    limit.signal.throwIfAborted();
    return await raceAbort(realpath(one), limit.signal);
  };
  // Resolves the original path, and not `absolute`: if `link` is a symbolic link, `link/../file` is not beside `link`.
  const inFolder = await found(dirname(path)).then(
    (folder) => join(folder, basename(path)),
    () => absolute,
  );
  const file = await found(path).catch(() => inFolder);
  return isMounted(file, inFolder) ? inFolder : file;
}

/**
 * Returns the path without symbolic links, or the path itself if it cannot be resolved. Has no time limit: for a file
 * that has just been read from the same path.
 */
export async function linkTarget(path: string): Promise<string> {
  return await realpath(path).catch(() => path);
}

/**
 * Returns whether `file` is the content of `link` in a volume that Kubernetes has mounted. Kubernetes writes all files
 * of the volume to a new folder such as `..2026_11_30_12_00_00.123`, and then changes the link `..data` to this folder
 * (`pkg/volume/util/atomic_writer.go` of Kubernetes).
 */
function isMounted(file: string, link: string): boolean {
  const folder = dirname(file);
  const isInside = dirname(folder) === dirname(link) && basename(folder).startsWith('..');
  return isInside && basename(file) === basename(link);
}
