import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemErrorCode } from '../base/errors.ts';

const KUBECONFIG_MODE = 0o600;
/** The name of the temporary folder begins with this and ends with the id of its process. */
const PREFIX = 'kube-port-forward-demo-';

/** A kubeconfig file that exists until removed. */
export interface WrittenKubeconfig {
  readonly path: string;
  remove(): Promise<void>;
}

/**
 * Writes a kubeconfig that only its owner can read: to a new file at `givenPath`, or into a temporary folder.
 * @throws Error with code `EEXIST` if the file exists
 */
export async function writeKubeconfig(
  text: string,
  givenPath: string | undefined,
): Promise<WrittenKubeconfig> {
  if (givenPath !== undefined) {
    // Never overwrites a file, which could be somebody's real kubeconfig.
    await writeFile(givenPath, text, { mode: KUBECONFIG_MODE, flag: 'wx' });
    return { path: givenPath, remove: () => rm(givenPath, { force: true }) };
  }
  await removeLeftOver(tmpdir());
  const folder = await mkdtemp(join(tmpdir(), `${PREFIX}${process.pid}-`));
  const path = join(folder, 'kubeconfig');
  await writeFile(path, text, { mode: KUBECONFIG_MODE, flag: 'wx' });
  return { path, remove: () => rm(folder, { recursive: true, force: true }) };
}

/**
 * Removes the kubeconfigs of demo clusters that were killed. Their tokens are useless, but nobody should have to wonder about
 * the files. Never rejects.
 * @param parent the temporary folder
 * @param isRunning returns whether a process runs; tests replace it
 */
export async function removeLeftOver(
  parent: string,
  isRunning: (processId: number) => boolean = isProcessRunning,
): Promise<void> {
  for (const name of await readdir(parent).catch(() => [])) {
    const processId = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1];
    if (processId === undefined || isRunning(Number(processId))) continue;
    // Folders of other users cannot be removed, and need not be.
    await rm(join(parent, name), { recursive: true, force: true }).catch(() => {});
  }
}

function isProcessRunning(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    // EPERM stands for a running process of another user.
    return systemErrorCode(error) !== 'ESRCH';
  }
}
