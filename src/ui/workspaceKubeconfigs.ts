import type { ContextRow, WorkspacePlaces } from '../rpc/clustersContract.ts';
import { isSamePath, isWithin } from '../rpc/workspacePlaces.ts';

/**
 * The files and folders from which this window gets kubeconfigs, grouped by who controls them. All paths are absolute.
 */
export interface KubeconfigPlaces extends WorkspacePlaces {
  /** The kubeconfig files that the user settings name by an absolute path. */
  readonly own: readonly string[];
}

/**
 * Returns true if the workspace controls a context: the settings of the workspace name the context's kubeconfig, or a
 * folder of the workspace contains that file. The workspace can then change the server, the plugin and the token file
 * of the context, so a permission that the user gives for the context ends when one of them changes.
 */
export function isOfWorkspace(row: ContextRow, { folders, named }: WorkspacePlaces): boolean {
  const files = [row.kubeconfig, ...(row.files ?? [])].filter((file) => file !== '');
  return isWithin(files, { folders, named });
}

/**
 * Returns true if the user, not the workspace, chose the kubeconfig of the context: it is the default kubeconfig, or
 * the user settings name the file. Saved forwards of the user settings can name only such contexts.
 */
export function isOfUser({ kubeconfig }: Pick<ContextRow, 'kubeconfig'>, { own }: KubeconfigPlaces): boolean {
  return kubeconfig === '' || own.some((file) => isSamePath(file, kubeconfig));
}
