import { contextOf } from '../clusters/clusterNodes.ts';
import { clusterNode } from './commandArguments.ts';
import type { CommandServices } from './commandServices.ts';

/** Undoes Add Namespace... */
export async function hideNamespace(services: CommandServices, argument: unknown): Promise<void> {
  const node = clusterNode(services, argument, ['namespace']);
  if (node !== undefined) await services.remembered.remove(contextOf(node), node.row.name);
}
