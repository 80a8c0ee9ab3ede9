import { clusterNode } from './commandArguments.ts';
import type { CommandServices } from './commandServices.ts';

/** Refreshes one node, or retries after an error. */
export async function refreshNode(services: CommandServices, argument: unknown): Promise<void> {
  const node = clusterNode(services, argument, ['context', 'namespace', 'group', 'error']);
  await services.clusters.refresh(node);
}
