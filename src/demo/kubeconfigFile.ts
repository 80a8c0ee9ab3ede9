import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemErrorCode } from '../base/errors.ts';

const KUBECONFIG_MODE = 0o600;
/** Of the temporary folder; the id of its process follows. */
const PREFIX = 'kube-port-forward-demo-';

/** A kubeconfig on disk, until it is removed. */
export interface KubeconfigFile {
  readonly path: string;
  remove(): Promise<void>;
}

/**
 * Writes a kubeconfig that only its owner can read: to a new file at `givenPath`, or into a temporary folder.
 * @throws Error with code `EEXIST` where there is a file already.
 */
export async function writeKubeconfig(text: string, givenPath: string | undefined): Promise<KubeconfigFile> {
  if (givenPath !== undefined) {
    // Never over a file that is there: it could be somebody's real kubeconfig.
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
 * Removes the kubeconfigs of demo clusters that were killed and could not do so: their tokens are of no use any more, but nobody should
 * have to wonder. Never rejects.
 * @param parent the temporary folder
 * @param isRunning for tests
 */
export async function removeLeftOver(
  parent: string,
  isRunning: (processId: number) => boolean = isProcessRunning,
): Promise<void> {
  for (const name of await readdir(parent).catch(() => [])) {
    const processId = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1];
    if (processId === undefined || isRunning(Number(processId))) continue;
    // Another user's cannot be removed, and need not.
    await rm(join(parent, name), { recursive: true, force: true }).catch(() => {});
  }
}

function isProcessRunning(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    // Another user's process may not be signalled.
    return systemErrorCode(error) !== 'ESRCH';
  }
}
