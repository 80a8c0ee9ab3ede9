import { lstat, mkdir } from 'node:fs/promises';
import { homedir, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { CodedError, describeError, systemErrorCode } from '../base/errors.ts';

/** Where clients look for hosts, if not in the user's own place: tests keep apart from the user's forwards by it. */
export const HOST_FOLDER_VARIABLE = 'KUBE_PORT_FORWARD_HOST_FOLDER';

const NAME = 'kube-port-forward';
const PRIVATE_MODE = 0o700;
const ANY_ACCESS_OF_OTHERS = 0o077;

/** Where a folder can lie, from the best place on. The same for every program of the user, whatever its environment. */
function candidates(): readonly string[] {
  if (process.platform === 'win32') return [join(homedir(), 'AppData', 'Local', NAME, 'host')];
  // Everybody's temporary folder on macOS is his own already.
  if (process.platform === 'darwin') return [join(tmpdir(), NAME)];
  const { uid } = userInfo();
  // Without a session of systemd's there is no runtime folder. TMPDIR differs between shells: not looked at.
  return [join('/run/user', String(uid), NAME), join('/tmp', `${NAME}-${uid}`)];
}

/**
 * The folder that the forward host can be found in, made if it is not there: only this user can enter it, and sockets of
 * this user's processes alone lie in it.
 * @param path another folder instead, for tests
 * @throws CodedError `HOST_FOLDER_UNSAFE`
 */
export async function ensureHostFolder(path?: string): Promise<string> {
  let failure: unknown;
  for (const folder of path === undefined ? candidates() : [path]) {
    try {
      await ensurePrivate(folder);
      return folder;
    } catch (error) {
      failure ??= error;
    }
  }
  throw failure;
}

async function ensurePrivate(folder: string): Promise<void> {
  const unsafe = (reason: string, cause?: unknown) =>
    new CodedError('HOST_FOLDER_UNSAFE', { path: folder, reason }, cause);
  const isWindows = process.platform === 'win32';
  try {
    await mkdir(folder, { mode: PRIVATE_MODE, recursive: isWindows });
  } catch (error) {
    if (systemErrorCode(error) !== 'EEXIST') throw unsafe(describeError(error), error);
  }
  // Windows guards a user's own folder by itself.
  if (isWindows) return;
  const status = await lstat(folder);
  if (!status.isDirectory()) throw unsafe('it is no folder');
  if (status.uid !== userInfo().uid) throw unsafe('it belongs to another user');
  if ((status.mode & ANY_ACCESS_OF_OTHERS) !== 0) throw unsafe('others may enter it');
}
