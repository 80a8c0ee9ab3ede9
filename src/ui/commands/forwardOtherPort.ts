import { targetReference } from '../clusters/clusterNodes.ts';
import { clusterNode } from './commandArguments.ts';
import type { CommandServices } from './commandServices.ts';
import { forwardPort } from './forwardPort.ts';

/** Forward Other Port...: any port of a target, whatever it declares. */
export async function forwardOtherPort(services: CommandServices, argument: unknown): Promise<void> {
  const node = clusterNode(services, argument, ['target']);
  if (node === undefined) return forwardPort(services);
  await services.starter.forwardTyped(targetReference(node));
}
