import { statSync } from 'node:fs';
import { win32 } from 'node:path';
import { copyEnvironment, type EnvironmentVariables } from './environment.ts';
import { homeFolder } from './homeFolder.ts';

/** The part of the file system that the choice depends on; tests give their own. */
export interface HomeFiles {
  isFile(path: string): boolean;
  isFolder(path: string): boolean;
}

const FILES: HomeFiles = {
  isFile: (path) => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false,
  isFolder: (path) => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false,
};

/**
 * The folder whose `.kube/config` is the default kubeconfig, as kubectl chooses it (`k8s.io/client-go/util/homedir`). On Windows: the first
 * of HOME, HOMEDRIVE with HOMEPATH, and USERPROFILE that has a `.kube\\config`; else the first of HOME, USERPROFILE, and HOMEDRIVE with
 * HOMEPATH that exists. Elsewhere HOME.
 */
export function kubectlHome(
  environment: EnvironmentVariables,
  platform: NodeJS.Platform = process.platform,
  files: HomeFiles = FILES,
): string {
  const { HOME, HOMEDRIVE, HOMEPATH, USERPROFILE } = copyEnvironment(environment, platform);
  if (platform !== 'win32') return HOME || homeFolder();
  const homePath = HOMEDRIVE && HOMEPATH ? HOMEDRIVE + HOMEPATH : undefined;
  const isSet = (folder: string | undefined): folder is string => folder !== undefined && folder !== '';
  const withConfig = [HOME, homePath, USERPROFILE]
    .filter(isSet)
    .find((folder) => files.isFile(win32.join(folder, '.kube', 'config')));
  if (withConfig !== undefined) return withConfig;
  const candidates = [HOME, USERPROFILE, homePath].filter(isSet);
  return candidates.find((folder) => files.isFolder(folder)) ?? candidates[0] ?? homeFolder();
}
