import { existsSync } from 'node:fs';
import { delimiter, join, win32 } from 'node:path';
import type { EnvironmentVariables } from './environment.ts';
import { homeFolder } from './homeFolder.ts';

/** Returns the paths in `KUBECONFIG`, unchanged. Ignores empty entries, as kubectl does. */
export function listedKubeconfigs({ KUBECONFIG = '' }: EnvironmentVariables): readonly string[] {
  return KUBECONFIG.split(delimiter).filter((path) => path !== '');
}

/**
 * Returns the paths of the files that kubectl reads by default: those in `KUBECONFIG`, or else `.kube/config` in the
 * home folder. The files may not exist.
 */
export function defaultKubeconfigs(environment: EnvironmentVariables): readonly string[] {
  const listed = listedKubeconfigs(environment);
  return listed.length > 0 ? listed : [join(kubectlHome(environment), '.kube', 'config')];
}

/**
 * Returns the folder whose `.kube/config` is the default kubeconfig, as kubectl chooses it
 * (`k8s.io/client-go/util/homedir`). On Windows, this is the first of HOME, HOMEDRIVE with HOMEPATH, and USERPROFILE
 * that contains `.kube\config`. If none does, it is the first of HOME, USERPROFILE, and HOMEDRIVE with HOMEPATH that
 * exists. On other systems, it is HOME.
 * @param environment `process.env`, or a result of `copyEnvironment`
 * @param exists returns whether a file or folder exists; tests replace it
 */
export function kubectlHome(
  environment: EnvironmentVariables,
  platform: NodeJS.Platform = process.platform,
  exists: (path: string) => boolean = existsSync,
): string {
  const { HOME, HOMEDRIVE, HOMEPATH, USERPROFILE } = environment;
  if (platform !== 'win32') return HOME || homeFolder();
  const homePath = HOMEDRIVE && HOMEPATH && HOMEDRIVE + HOMEPATH;
  const withConfig = set(HOME, homePath, USERPROFILE).find((folder) =>
    exists(win32.join(folder, '.kube', 'config')),
  );
  const folders = set(HOME, USERPROFILE, homePath);
  return withConfig ?? folders.find((folder) => exists(folder)) ?? folders[0] ?? homeFolder();
}

function set(...folders: readonly (string | undefined)[]): readonly string[] {
  return folders.filter((folder): folder is string => folder !== undefined && folder !== '');
}
