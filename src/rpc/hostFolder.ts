import { lstat, mkdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { CodedError, describeError, systemErrorCode } from '../base/errors.ts';
import { homeFolder } from '../base/homeFolder.ts';
import { hasRoomForSocket } from './hostRecord.ts';

/** Where clients look for hosts, if not in the user's own places: tests keep apart from the user's forwards by it. */
export const HOST_FOLDER_VARIABLE = 'KUBE_PORT_FORWARD_HOST_FOLDER';

const NAME = 'kube-port-forward';
const PRIVATE_MODE = 0o700;
const ANY_ACCESS_OF_OTHERS = 0o077;
/** The path of something that does not exist, or whose parent folder does not. */
const MISSING_CODES: ReadonlySet<string | undefined> = new Set(['ENOENT', 'ENOTDIR']);

/**
 * The folders that a forward host can be found in, from the best on. The same for every program of the user, whatever its
 * environment: but which of them exist may change between two programs, so a living host is looked for in all of them.
 * @param path others instead, for tests: one, or several as in `PATH`
 */
export function hostFolders(path?: string, platform: NodeJS.Platform = process.platform): readonly string[] {
  if (path !== undefined) return path.split(delimiter);
  if (platform === 'win32') return [join(homeFolder(), 'AppData', 'Local', NAME, 'host')];
  const own = join(homeFolder(), `.${NAME}`);
  const userId = String(ownUserId());
  const shared = join('/tmp', `${NAME}-${userId}`);
  // TMPDIR differs between shells, and between a shell and a window: not looked at.
  if (platform === 'darwin') return [join(homeFolder(), 'Library', 'Caches', NAME), shared, own];
  // Without a session of systemd's there is no runtime folder.
  return [join('/run/user', userId, NAME), shared, own];
}

/**
 * The first of the {@link hostFolders} that can be had, made if it is not there: only this user can enter it, and sockets of
 * this user's processes alone lie in it.
 * @throws CodedError `HOST_FOLDER_UNSAFE` with what is in the way of the best one
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
  // What is in the way says more than that a parent folder does not exist.
  throw failures.find(({ cause }) => !MISSING_CODES.has(systemErrorCode(cause))) ?? failures[0];
}

/** Those of the {@link hostFolders} that are there, and that only this user can enter. Makes none. */
export async function existingHostFolders(path?: string): Promise<readonly string[]> {
  const folders = hostFolders(path);
  const isUsable = await Promise.all(
    folders.map((folder) =>
      assertPrivate(folder).then(
        () => true,
        () => false,
      ),
    ),
  );
  return folders.filter((_folder, index) => isUsable[index]);
}

function assertRoomForSocket(folder: string): void {
  if (!hasRoomForSocket(folder)) throw unsafe(folder, 'its path is too long for a socket');
}

async function makePrivate(folder: string): Promise<void> {
  try {
    await mkdir(folder, { mode: PRIVATE_MODE, recursive: process.platform === 'win32' });
  } catch (error) {
    if (systemErrorCode(error) !== 'EEXIST') throw unsafe(folder, describeError(error), error);
  }
}

async function assertPrivate(folder: string): Promise<void> {
  const status = await lstat(folder).catch((error: unknown) => {
    throw unsafe(folder, describeError(error), error);
  });
  // Windows guards a user's own folder by itself.
  if (process.platform === 'win32') return;
  const kind = status.isSymbolicLink() ? 'a link' : status.isDirectory() ? 'a folder' : 'a file';
  if (status.uid !== ownUserId()) {
    throw unsafe(folder, `it is ${kind} of another user, the one with the id ${status.uid}`);
  }
  if (!status.isDirectory()) throw unsafe(folder, `it is ${kind}`);
  if ((status.mode & ANY_ACCESS_OF_OTHERS) !== 0) throw unsafe(folder, 'others may enter it');
}

/** As whom files are made. Asked of the process: a user id need not have a passwd entry. */
function ownUserId(): number | undefined {
  return process.geteuid?.();
}

function unsafe(folder: string, reason: string, cause?: unknown): CodedError {
  return new CodedError('HOST_FOLDER_UNSAFE', { path: folder, reason }, cause);
}
