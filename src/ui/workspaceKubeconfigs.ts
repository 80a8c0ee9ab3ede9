import type { ContextRow, WorkspacePlaces } from '../rpc/contract.ts';
import { isSamePath, isWithin } from '../rpc/workspacePlaces.ts';

/** Where the kubeconfigs of this window come from. All paths are absolute. */
export interface KubeconfigPlaces extends WorkspacePlaces {
  /** Files from the user settings. */
  readonly own: readonly string[];
}

/**
 * Returns true if the workspace controls a context: the workspace's settings name the kubeconfig, or a folder of the
 * workspace contains the file. The workspace can then change the server and the plugin of the context, so a permission
 * that the user gives for the context ends when the server or the plugin changes.
 */
export function isOfWorkspace(row: ContextRow, { folders, named }: KubeconfigPlaces): boolean {
  const files = [row.kubeconfig, ...(row.files ?? [])].filter((file) => file !== '');
  return isWithin(files, { folders, named });
}

/** Returns true if the user chose the kubeconfig: it is the default kubeconfig, or a file in the user settings. */
export function isOfUser(row: ContextRow, { own }: KubeconfigPlaces): boolean {
  return row.kubeconfig === '' || own.some((file) => isSamePath(file, row.kubeconfig));
}
