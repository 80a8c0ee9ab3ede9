import { isAbsolute, relative } from 'node:path';
import type { ContextRow } from '../rpc/contract.ts';

/** Who has a say in kubeconfigs in this window. Paths are absolute. */
export interface KubeconfigPlaces {
  /** Folders of the workspace: their files change with each commit that is pulled. */
  readonly folders: readonly string[];
  /** Files that the user's own settings name. */
  readonly own: readonly string[];
  /** Files that the settings of the workspace name, and those of the user do not. */
  readonly named: readonly string[];
}

/**
 * Whether a workspace decides what a context leads to: the kubeconfig is named by its settings, or lies in one of its folders. What
 * such a context does unasked has to be approved of by the user, as it is now.
 */
export function isOfWorkspace(row: ContextRow, { folders, named }: KubeconfigPlaces): boolean {
  const files = [row.kubeconfig, ...(row.files ?? [])].filter((file) => file !== '');
  return files.some(
    (file) => named.some((one) => isSame(one, file)) || folders.some((folder) => contains(folder, file)),
  );
}

/** Whether the user has chosen the kubeconfig: it is the default one, or the user's settings name it. */
export function isOfUser(row: ContextRow, { own }: KubeconfigPlaces): boolean {
  return row.kubeconfig === '' || own.some((file) => isSame(file, row.kubeconfig));
}

function contains(folder: string, file: string): boolean {
  const path = relative(spelled(folder), spelled(file));
  return !isAbsolute(path) && path !== '..' && !/^\.\.[\\/]/.test(path);
}

function isSame(a: string, b: string): boolean {
  return spelled(a) === spelled(b);
}

/** On these systems a path in other case is the same path. */
function spelled(path: string): string {
  return process.platform === 'win32' || process.platform === 'darwin' ? path.toLowerCase() : path;
}
