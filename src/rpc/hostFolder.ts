import { lstat, mkdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { CodedError, describeError, systemErrorCode } from '../base/errors.ts';
import { homeFolder } from '../base/homeFolder.ts';
import { hasRoomForSocket } from './hostRecord.ts';

/** Overrides the folder of the host, so that tests do not touch the user's forwards. */
export const HOST_FOLDER_VARIABLE = 'KUBE_PORT_FORWARD_HOST_FOLDER';

const NAME = 'kube-port-forward';
const PRIVATE_MODE = 0o700;
const ANY_ACCESS_OF_OTHERS = 0o077;
/** Codes for a missing path or a missing parent folder. */
const MISSING_CODES: ReadonlySet<string | undefined> = new Set(['ENOENT', 'ENOTDIR']);

/**
 * Returns the folders in which a forward host may be, the best first. The list is the same for every program of the user,
 * whatever its environment. Which of the folders exist may change between two programs, so all are searched for a running host.
 * @param path replaces the folders, for tests: one, or several as in `PATH`
 */
export function hostFolders(path?: string, platform: NodeJS.Platform = process.platform): readonly string[] {
  if (path !== undefined) return path.split(delimiter);
  if (platform === 'win32') return [join(homeFolder(), 'AppData', 'Local', NAME, 'host')];
  const own = join(homeFolder(), `.${NAME}`);
  const userId = String(ownUserId());
  const shared = join('/tmp', `${NAME}-${userId}`);
  // TMPDIR is ignored, because it differs between shells and windows.
  if (platform === 'darwin') return [join(homeFolder(), 'Library', 'Caches', NAME), shared, own];
  // XDG_RUNTIME_DIR is ignored too: `sudo`, cron and SSH may leave it unset or another user's. Without a session of systemd there is no
  // runtime folder.
  return [join('/run/user', userId, NAME), shared, own];
}

/**
 * Returns the first usable folder of {@link hostFolders} and creates it if needed. Only this user can enter it, and it contains
 * only sockets of this user's processes.
 * @throws CodedError `HOST_FOLDER_UNSAFE`, `HOST_FOLDER_NOT_CREATED`, `HOST_FOLDER_TOO_LONG`: the reason why the best folder
 *   cannot be used
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
  // Prefer the error of an existing path over that of a missing parent folder.
  throw failures.find(({ cause }) => !MISSING_CODES.has(systemErrorCode(cause))) ?? failures[0];
}

/** Returns the existing folders of {@link hostFolders} that only this user can enter. Creates none. */
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
    await mkdir(folder, { mode: PRIVATE_MODE, recursive: process.platform === 'win32' });
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
  const kind = status.isSymbolicLink() ? 'a symbolic link' : status.isDirectory() ? 'a folder' : 'a file';
  // Windows protects the folders of a user.
  const isWindows = process.platform === 'win32';
  if (!isWindows && status.uid !== ownUserId()) {
    throw unsafe(folder, `it is ${kind} that belongs to user ID ${status.uid}`);
  }
  if (!status.isDirectory()) throw unsafe(folder, `it is ${kind}`);
  if (!isWindows && (status.mode & ANY_ACCESS_OF_OTHERS) !== 0)
    throw unsafe(folder, 'other users can access it');
}

/** Returns the owner of files that this process creates. Asks the process, because a user ID may have no passwd entry. */
function ownUserId(): number | undefined {
  return process.geteuid?.();
}

function unsafe(folder: string, reason: string, cause?: unknown): CodedError {
  return new CodedError('HOST_FOLDER_UNSAFE', { path: folder, reason }, cause);
}
