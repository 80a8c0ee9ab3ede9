import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const KUBECONFIG_MODE = 0o600;

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
  const folder = await mkdtemp(join(tmpdir(), 'kube-port-forward-demo-'));
  const path = join(folder, 'kubeconfig');
  await writeFile(path, text, { mode: KUBECONFIG_MODE, flag: 'wx' });
  return { path, remove: () => rm(folder, { recursive: true, force: true }) };
}
