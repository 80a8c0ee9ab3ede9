import type { CommandServices } from './commandServices.ts';

/** Refreshes everything that the tree shows. */
export async function refreshClusters({ clusters }: CommandServices): Promise<void> {
  await clusters.refresh();
}
