import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { existingHostFolders } from './hostFolder.ts';

/** A file beside the host's record, there while forwards of terminals would end with an update of the editor. */
export const LEFT_FORWARDS_FILE = 'left-forwards.json';

/** Whether a host that was ended by an update has left forwards behind. @param path folders as for `hostFolders` */
export async function hasLeftForwards(path?: string): Promise<boolean> {
  for (const folder of await existingHostFolders(path)) {
    const isThere = await stat(join(folder, LEFT_FORWARDS_FILE)).then(
      () => true,
      () => false,
    );
    if (isThere) return true;
  }
  return false;
}
