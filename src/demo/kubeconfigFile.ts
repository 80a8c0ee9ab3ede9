import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemErrorCode } from '../base/errors.ts';
import { PRIVATE_FILE_MODE } from '../base/privateFiles.ts';

/** The start of the name of the temporary folder. The ID of the process follows. */
const PREFIX = 'kube-port-forward-demo-';

/** A kubeconfig file. The caller must call `remove` when the file is no longer needed. */
export interface WrittenKubeconfig {
  readonly path: string;
  remove(): Promise<void>;
}

/**
 * Writes a kubeconfig that only the current user can read. Creates the file at `givenPath`, or in a temporary folder if
 * `givenPath` is undefined.
 * @throws Error with code `EEXIST` if the file exists
 */
export async function writeKubeconfig(
  text: string,
  givenPath: string | undefined,
): Promise<WrittenKubeconfig> {
  if (givenPath !== undefined) {
    // The flag `wx` makes the call fail if the file exists, because an existing file could be the real kubeconfig of
    // the user.
    await writeFile(givenPath, text, { mode: PRIVATE_FILE_MODE, flag: 'wx' });
    return { path: givenPath, remove: () => rm(givenPath, { force: true }) };
  }
  await removeLeftOver(tmpdir());
  const folder = await mkdtemp(join(tmpdir(), `${PREFIX}${process.pid}-`));
  const path = join(folder, 'kubeconfig');
  await writeFile(path, text, { mode: PRIVATE_FILE_MODE, flag: 'wx' });
  return { path, remove: () => rm(folder, { recursive: true, force: true }) };
}

/**
 * Removes the temporary folders that earlier demo clusters left because their process was killed. These clusters no
 * longer exist, so nobody needs the kubeconfigs in the folders. Never rejects.
 */
export async function removeLeftOver(
  parent: string,
  isRunning: (processId: number) => boolean = isProcessRunning,
): Promise<void> {
  for (const name of await readdir(parent).catch(() => [])) {
    const processId = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1];
    if (processId === undefined || isRunning(Number(processId))) continue;
    // Ignores errors, because folders of other users cannot be removed.
    await rm(join(parent, name), { recursive: true, force: true }).catch(() => {});
  }
}

function isProcessRunning(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    // `ESRCH` means that no such process exists. `EPERM` means that the process is running and belongs to another user.
    return systemErrorCode(error) !== 'ESRCH';
  }
}
