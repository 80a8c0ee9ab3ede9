import { join } from 'node:path';
import { exists } from '../base/exists.ts';
import { existingHostFolders } from './hostFolder.ts';

/** A file next to the host's record that exists while an update of the editor would end forwards of terminals. */
export const LEFT_FORWARDS_FILE = 'left-forwards.json';

/** Returns whether a host that an update ended has left forwards behind. @param path folders as in `hostFolders` */
export async function hasLeftForwards(path?: string): Promise<boolean> {
  for (const folder of await existingHostFolders(path)) {
    if (await exists(join(folder, LEFT_FORWARDS_FILE))) return true;
  }
  return false;
}
