import { join } from 'node:path';
import { exists } from '../base/exists.ts';
import { existingHostFolders } from './hostFolder.ts';

/**
 * The name of a file next to the host's record. The file exists while terminals have forwards that an update of the
 * editor would end. The next host restores the forwards in the file.
 */
export const LEFT_FORWARDS_FILE = 'left-forwards.json';

/**
 * Returns true if an update has ended a host whose forwards the next host can restore.
 * @param path the folders, as in `hostFolders`
 */
export async function hasLeftForwards(path?: string): Promise<boolean> {
  for (const folder of await existingHostFolders(path)) {
    if (await exists(join(folder, LEFT_FORWARDS_FILE))) return true;
  }
  return false;
}
