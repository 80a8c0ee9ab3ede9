import { clusterNode } from './commandArguments.ts';
import type { CommandServices } from './commandServices.ts';

/** Shows more rows of a namespace or group. */
export function showMore(services: CommandServices, argument: unknown): void {
  const node = clusterNode(services, argument, ['showMore']);
  if (node !== undefined) services.clusters.showMore(node.parent);
}
