import { join } from 'node:path';
import { exists } from '../base/exists.ts';
import { existingHostFolders } from './hostFolder.ts';

/**
 * The name of a file next to the host's record. It exists while terminals have forwards that an update of the editor
 * would end. The next host restores the forwards in the file.
 */
export const LEFT_FORWARDS_FILE = 'left-forwards.json';

/**
 * Returns true if a host was ended by an update, and the next host can restore its forwards. @param path the folders,
 * as in `hostFolders`
 */
export async function hasLeftForwards(path?: string): Promise<boolean> {
  for (const folder of await existingHostFolders(path)) {
    if (await exists(join(folder, LEFT_FORWARDS_FILE))) return true;
  }
  return false;
}
