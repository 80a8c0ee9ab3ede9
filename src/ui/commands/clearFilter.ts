import { clusterNode } from './commandArguments.ts';
import type { CommandServices } from './commandServices.ts';

/** Shows all rows of a namespace again. */
export function clearFilter(services: CommandServices, argument: unknown): void {
  const node = clusterNode(services, argument, ['namespace']);
  if (node !== undefined) services.clusters.setFilter(node, '');
}
