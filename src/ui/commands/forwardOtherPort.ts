import { targetReference } from '../clusters/clusterNodes.ts';
import { clusterNode } from './commandArguments.ts';
import type { CommandServices } from './commandServices.ts';
import { forwardPort } from './forwardPort.ts';

/** Forward Other Port...: any port, whether or not the target declares it. */
export async function forwardOtherPort(services: CommandServices, argument: unknown): Promise<void> {
  const node = clusterNode(services, argument, ['target']);
  if (node === undefined) return forwardPort(services);
  await services.starter.forwardTyped(targetReference(node), node.row.ports);
}
