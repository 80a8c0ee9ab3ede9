import { lstat, mkdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { CodedError, describeError, systemErrorCode } from '../base/errors.ts';
import { homeFolder } from '../base/homeFolder.ts';
import { folderProblem, PRIVATE_FOLDER_MODE } from '../base/privateFiles.ts';
import { hasRoomForSocket } from './hostRecord.ts';

/**
 * The environment variable that sets another folder for the records and sockets of hosts. Tests set it, so that they do
 * not affect the user's forwards.
 */
export const HOST_FOLDER_VARIABLE = 'KUBE_PORT_FORWARD_HOST_FOLDER';

const NAME = 'kube-port-forward';
/** The error codes that mean that a folder, or its parent folder, does not exist. */
const MISSING_CODES: ReadonlySet<string | undefined> = new Set(['ENOENT', 'ENOTDIR']);

/**
 * Returns the folders in which a forward host may be, in order of preference. Ignores variables that differ between
 * programs, such as TMPDIR, because all programs of a user must find the same host. Clients search all folders: a host
 * stays in its folder even if a preferred folder is created later.
 * @param path replaces the folders, for tests: one folder, or several separated as in `PATH`
 */
export function hostFolders(path?: string, platform: NodeJS.Platform = process.platform): readonly string[] {
  if (path !== undefined) return path.split(delimiter);
  if (platform === 'win32') return [join(homeFolder(), 'AppData', 'Local', NAME, 'host')];
  const own = join(homeFolder(), `.${NAME}`);
  const userId = String(process.geteuid?.());
  const shared = join('/tmp', `${NAME}-${userId}`);
  // Uses `/tmp` instead of TMPDIR, because TMPDIR differs between shells and VS Code windows.
  if (platform === 'darwin') return [join(homeFolder(), 'Library', 'Caches', NAME), shared, own];
  // Uses `/run/user/<uid>` instead of XDG_RUNTIME_DIR: with `sudo`, cron and SSH, that variable may be unset or contain
  // the folder of another user. Without a systemd session, `/run/user/<uid>` does not exist, and the next folder is
  // used.
  return [join('/run/user', userId, NAME), shared, own];
}

/**
 * Returns the first usable folder of {@link hostFolders}, and creates it if needed. Only this user can enter the
 * folder, so all sockets in it belong to this user's processes.
 * @throws CodedError `HOST_FOLDER_UNSAFE`, `HOST_FOLDER_NOT_CREATED`, `HOST_FOLDER_TOO_LONG`: the reason why no folder
 *   can be used
 */
export async function ensureHostFolder(path?: string): Promise<string> {
  const failures: CodedError[] = [];
  for (const folder of hostFolders(path)) {
    try {
      assertRoomForSocket(folder);
      await makePrivate(folder);
      await assertPrivate(folder);
      return folder;
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      failures.push(error);
    }
  }
  // No folder can be used. Prefers the error of a folder that exists, because it tells the user more than the error
  // that another folder is missing.
  throw failures.find(({ cause }) => !MISSING_CODES.has(systemErrorCode(cause))) ?? failures[0];
}

/**
 * Returns the folders of {@link hostFolders} in which a host can be: those that exist, and that no other user can
 * enter. Does not create folders.
 */
export async function existingHostFolders(path?: string): Promise<readonly string[]> {
  const folders = hostFolders(path);
  const checks = await Promise.allSettled(folders.map(assertPrivate));
  return folders.filter((_folder, index) => checks[index]?.status === 'fulfilled');
}

function assertRoomForSocket(folder: string): void {
  if (!hasRoomForSocket(folder)) throw new CodedError('HOST_FOLDER_TOO_LONG', { path: folder });
}

async function makePrivate(folder: string): Promise<void> {
  try {
    await mkdir(folder, { mode: PRIVATE_FOLDER_MODE, recursive: process.platform === 'win32' });
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') return;
    const reason = systemErrorCode(error) ?? describeError(error);
    throw new CodedError('HOST_FOLDER_NOT_CREATED', { path: folder, reason }, error);
  }
}

async function assertPrivate(folder: string): Promise<void> {
  const status = await lstat(folder).catch((error: unknown) => {
    throw unsafe(folder, describeError(error), error);
  });
  const problem = folderProblem(status);
  if (problem !== undefined) throw unsafe(folder, problem);
}

function unsafe(folder: string, reason: string, cause?: unknown): CodedError {
  return new CodedError('HOST_FOLDER_UNSAFE', { path: folder, reason }, cause);
}
