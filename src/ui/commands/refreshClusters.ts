import type { CommandServices } from './commandServices.ts';

/** Lists everything again that the tree shows. */
export async function refreshClusters({ clusters }: CommandServices): Promise<void> {
  await clusters.refresh();
}
