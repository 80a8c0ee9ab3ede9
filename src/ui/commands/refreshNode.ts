import { clusterNode } from './commandArguments.ts';
import type { CommandServices } from './commandServices.ts';

/** Refresh of one node; Retry of a failure. */
export async function refreshNode(services: CommandServices, argument: unknown): Promise<void> {
  const node = clusterNode(services, argument, ['context', 'namespace', 'group', 'error']);
  await services.clusters.refresh(node);
}
