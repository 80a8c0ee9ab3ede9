import { type HandOverResult, listForwards, startForward } from './contract.ts';
import { startGateway } from './gatewayContract.ts';
import type { HostClient } from './hostClient.ts';

/**
 * Starts forwards and gateways of another host in the client's host. Resolves when the host has all of them, ready or not; their states
 * show the result. The client may leave then.
 * @throws CodedError `HOST_LOST`
 */
export async function startAllAgain(
  client: HostClient,
  { forwards, gateways = [] }: Pick<HandOverResult, 'forwards' | 'gateways'>,
): Promise<void> {
  for (const forward of forwards) client.request(startForward, forward).catch(() => {});
  for (const gateway of gateways) client.request(startGateway, gateway).catch(() => {});
  // The host answers requests in order, so by this answer it has all of them.
  await client.request(listForwards);
}
