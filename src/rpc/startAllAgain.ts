import { type HandOverResult, listForwards, startForward } from './contract.ts';
import { startGateway } from './gatewayContract.ts';
import type { HostClient } from './hostClient.ts';

/**
 * Starts the forwards and gateways that another host has handed over, in the host of `client`. Resolves when the host
 * has received all requests: the client can then disconnect. Does not wait until forwards and gateways are ready.
 * @throws CodedError `HOST_LOST`
 */
export async function startAllAgain(
  client: HostClient,
  { forwards, gateways = [] }: Pick<HandOverResult, 'forwards' | 'gateways'>,
): Promise<void> {
  for (const forward of forwards) client.request(startForward, forward).catch(() => {});
  for (const gateway of gateways) client.request(startGateway, gateway).catch(() => {});
  // The host takes up requests in the order in which they arrive. So its answer to this request shows that it has
  // received all earlier requests.
  await client.request(listForwards);
}
