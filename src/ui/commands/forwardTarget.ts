import { targetReference } from '../clusters/clusterNodes.ts';
import { clusterNode } from './commandArguments.ts';
import type { CommandServices } from './commandServices.ts';
import { forwardPort } from './forwardPort.ts';

/** Forward Port... on a pod, service or workload of the tree. */
export async function forwardTarget(services: CommandServices, argument: unknown): Promise<void> {
  const node = clusterNode(services, argument, ['target']);
  if (node === undefined) return forwardPort(services);
  await services.starter.forward(targetReference(node), node.row.ports);
}
