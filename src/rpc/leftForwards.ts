import { join } from 'node:path';
import { exists } from '../base/exists.ts';
import { existingHostFolders } from './hostFolder.ts';

/**
 * The name of the file in which the host lists the forwards that terminals detached, if an update of the editor would
 * end these forwards. The next host restores them from this file. The file is in the same folder as the host's record.
 */
export const LEFT_FORWARDS_FILE = 'left-forwards.json';

/**
 * Returns true if there is a file from which the next host can restore forwards. If no host runs, an update has
 * probably ended the host that wrote the file, and the caller starts a new host to restore the forwards.
 * @param path the folders, as in `hostFolders`
 */
export async function hasLeftForwards(path?: string): Promise<boolean> {
  for (const folder of await existingHostFolders(path)) {
    if (await exists(join(folder, LEFT_FORWARDS_FILE))) return true;
  }
  return false;
}
