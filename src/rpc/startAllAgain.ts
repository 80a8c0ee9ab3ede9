import type { HandOverResult } from './contract.ts';
import { listForwards, startForward } from './forwardsContract.ts';
import { startGateway } from './gatewayContract.ts';
import type { HostClient } from './hostClient.ts';

/**
 * Starts the forwards and gateways of an earlier host again, in the host to which `client` is connected. The earlier
 * host has handed them over or has died. Resolves when the new host has received all requests, so that the client can
 * disconnect. Does not wait until the forwards and gateways are ready.
 * @throws CodedError `HOST_LOST` if the connection to the new host ends
 */
export async function startAllAgain(
  client: HostClient,
  { forwards, gateways = [] }: Pick<HandOverResult, 'forwards' | 'gateways'>,
): Promise<void> {
  for (const forward of forwards) client.request(startForward, forward).catch(() => {});
  for (const gateway of gateways) client.request(startGateway, gateway).catch(() => {});
  // The host receives requests in the order in which they were sent. So when it answers this request, it has received
  // all requests above.
  await client.request(listForwards);
}
