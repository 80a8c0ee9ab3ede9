import type { GatewaySnapshot } from '../../rpc/gatewayContract.ts';
import { toErrorInfo } from '../../rpc/rpcErrors.ts';
import type { ForwardMessages } from '../forwards/forwardMessages.ts';
import { withStartProgress } from '../forwards/startProgress.ts';
import { showGatewayOutcome } from './gatewayMessages.ts';
import type { GatewaysModel, NamespacesToOpen } from './gatewaysModel.ts';

export interface OpenServices {
  readonly gateways: GatewaysModel;
  readonly messages: ForwardMessages;
}

/** Stops and opens a gateway again, on the same local port, and shows the result. */
export async function restartGateway(services: OpenServices, gateway: GatewaySnapshot): Promise<void> {
  const { namespaces } = gateway.specification;
  await followOpening(services, services.gateways.restart(gateway), namespaces);
}

/** Opens namespaces by name for the user, with progress in the view, and shows the result. */
export async function openNamespaces(services: OpenServices, wanted: NamespacesToOpen): Promise<void> {
  await followOpening(services, services.gateways.start(wanted), wanted.namespaces);
}

/** Shows progress until the view shows how it goes, then the result. */
export async function followOpening(
  { gateways, messages }: OpenServices,
  outcome: Promise<GatewaySnapshot>,
  namespaces: readonly string[],
): Promise<void> {
  try {
    showGatewayOutcome(await withStartProgress(gateways, outcome), namespaces);
  } catch (error) {
    messages.showErrorInfo(toErrorInfo(error));
  }
}
