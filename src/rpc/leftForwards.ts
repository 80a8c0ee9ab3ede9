import { join } from 'node:path';
import { exists } from '../base/exists.ts';
import { existingHostFolders } from './hostFolder.ts';

/**
 * The name of the file in which the host lists the detached forwards and gateways: those that keep running after their
 * terminal command has ended. If the host dies, another process, its keeper, normally starts them again in the next
 * host. The host writes the file only if an update of VS Code would end the keeper too. Then the next host reads the
 * file. The file is in the folder of the host (see `hostFolders`).
 */
export const LEFT_FORWARDS_FILE = 'left-forwards.json';

/**
 * Returns true if a host has left a file with forwards that the next host must start again. If there is such a file and
 * no host runs, an update of VS Code has probably ended the earlier host. The caller should then start the next host.
 * @param path the folders to search, as in `hostFolders`; optional, default the folders of this user
 */
export async function hasLeftForwards(path?: string): Promise<boolean> {
  for (const folder of await existingHostFolders(path)) {
    if (await exists(join(folder, LEFT_FORWARDS_FILE))) return true;
  }
  return false;
}
