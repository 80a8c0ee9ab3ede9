import { type HandOverResult, listForwards, startForward } from './contract.ts';
import { startGateway } from './gatewayContract.ts';
import type { HostClient } from './hostClient.ts';

/**
 * Starts forwards and gateways of another host in the client's host. Resolves when the host has received all of these
 * requests, so that the client can disconnect. Does not wait until they are ready.
 * @throws CodedError `HOST_LOST`
 */
export async function startAllAgain(
  client: HostClient,
  { forwards, gateways = [] }: Pick<HandOverResult, 'forwards' | 'gateways'>,
): Promise<void> {
  for (const forward of forwards) client.request(startForward, forward).catch(() => {});
  for (const gateway of gateways) client.request(startGateway, gateway).catch(() => {});
  // The host handles requests in their order. When it answers this request, it has handled all earlier ones.
  await client.request(listForwards);
}
