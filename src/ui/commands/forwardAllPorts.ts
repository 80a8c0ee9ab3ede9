import { targetReference } from '../clusters/clusterNodes.ts';
import type { CommandServices } from './commandServices.ts';
import { forwardPort } from './forwardPort.ts';
import { chosenTargets, forwardableOf } from './forwardTarget.ts';

/** Forward All Ports: of one target, or of all selected targets. */
export async function forwardAllPorts(
  services: CommandServices,
  argument: unknown,
  selected: unknown,
): Promise<void> {
  const targets = chosenTargets(services, argument, selected);
  if (targets.length === 0) return forwardPort(services);
  await services.starter.forwardAll(
    forwardableOf(targets).map(({ node, ports }) => ({ target: targetReference(node), ports })),
  );
}
