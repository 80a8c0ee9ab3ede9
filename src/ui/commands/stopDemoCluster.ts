import { CONTEXT_KEYS } from '../../contributions.ts';
import { stopDemoCluster as stopDemoClusterRequest } from '../../rpc/contract.ts';
import type { CommandServices } from './commandServices.ts';

/** Stops the demo cluster. */
export async function stopDemoCluster({ session, contextKeys }: CommandServices): Promise<void> {
  if (session.isConnected) await session.request(stopDemoClusterRequest);
  contextKeys.set(CONTEXT_KEYS.hasDemoCluster, false);
}
