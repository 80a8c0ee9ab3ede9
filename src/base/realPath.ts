import { realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { deadline, raceAbort } from './async.ts';

/** The time limit for resolving the links of a path, in milliseconds: a remote file system may never respond. */
const TIME_LIMIT_MS = 5_000;

/**
 * Returns the absolute path of a file without symbolic links and without `..`. If the file does not exist, resolves only
 * the links of its folder. If a link of the folder cannot be resolved either, returns the path without `..`. Never
 * rejects.
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
  const folder = async () => join(await found(dirname(path)), basename(path));
  return await found(path).catch(() => folder().catch(() => absolute));
}
