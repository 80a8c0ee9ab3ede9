import { join } from 'node:path';
import { exists } from '../base/exists.ts';
import { existingHostFolders } from './hostFolder.ts';

/**
 * The name of the file in which the host lists the forwards that terminals detached. The host writes the file only if
 * an update of the editor would end both the host and its keeper, which otherwise restores the forwards. After the
 * update, the next host restores them from the file. The file is in the folder of the host's record.
 */
export const LEFT_FORWARDS_FILE = 'left-forwards.json';

/**
 * Returns true if a host has left a file from which the next host can restore forwards. If so, and no host runs, an
 * update has probably ended the host, and the caller starts the next host.
 * @param path the folders, as in `hostFolders`
 */
export async function hasLeftForwards(path?: string): Promise<boolean> {
  for (const folder of await existingHostFolders(path)) {
    if (await exists(join(folder, LEFT_FORWARDS_FILE))) return true;
  }
  return false;
}
