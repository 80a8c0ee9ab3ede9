import { isAbsolute, relative } from 'node:path';
import type { ContextRow } from '../rpc/contract.ts';

/** Where the kubeconfigs of this window come from. Paths are absolute. */
export interface KubeconfigPlaces {
  /** Folders of the workspace. Their files can change with every pull. */
  readonly folders: readonly string[];
  /** Files from the user settings. */
  readonly own: readonly string[];
  /** Files from the workspace settings that are not in the user settings. */
  readonly named: readonly string[];
}

/**
 * Whether the workspace controls a context: its settings name the kubeconfig, or the file is in one of its folders. The user must
 * approve what such a context does automatically, as it is now.
 */
export function isOfWorkspace(row: ContextRow, { folders, named }: KubeconfigPlaces): boolean {
  const files = [row.kubeconfig, ...(row.files ?? [])].filter((file) => file !== '');
  return files.some(
    (file) => named.some((one) => isSame(one, file)) || folders.some((folder) => contains(folder, file)),
  );
}

/** Whether the user chose the kubeconfig: it is the default one or listed in the user settings. */
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

/** These systems ignore case in paths. */
function spelled(path: string): string {
  return process.platform === 'win32' || process.platform === 'darwin' ? path.toLowerCase() : path;
}
