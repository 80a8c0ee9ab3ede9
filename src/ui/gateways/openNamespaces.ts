import * as vscode from 'vscode';
import { COMMANDS } from '../../contributions.ts';
import { namesProblem } from '../../kinds/gateway.ts';
import { isStopped } from '../../kinds/stopped.ts';
import type { GatewaySnapshot } from '../../rpc/gatewayContract.ts';
import { toErrorInfo } from '../../rpc/rpcErrors.ts';
import { type ForwardMessages, roleButtons } from '../forwards/forwardMessages.ts';
import { withStartProgress } from '../forwards/forwardStarter.ts';
import { type NotificationButton, notify, notifyState, outputButton } from '../notify.ts';
import { errorText } from '../present/errorText.ts';
import { gatewayAddress, gatewayNeedsSignIn, namespacesText } from '../present/gatewayText.ts';
import type { GatewaysModel, NamespacesToOpen } from './gatewaysModel.ts';

export interface OpenServices {
  readonly gateways: GatewaysModel;
  readonly messages: ForwardMessages;
}

/** Stops a gateway, starts it again on the same local port, and shows the result. */
export async function restartGateway(services: OpenServices, gateway: GatewaySnapshot): Promise<void> {
  const { namespaces } = gateway.specification;
  await followOpening(services, services.gateways.restart(gateway), namespaces);
}

/**
 * Opens namespaces by name for the user of this window. Shows progress in the Forwards view, and then a message with
 * the result.
 */
export async function openNamespaces(services: OpenServices, wanted: NamespacesToOpen): Promise<void> {
  await followOpening(services, services.gateways.start(wanted), wanted.namespaces);
}

/**
 * Waits for the start of a gateway. Shows a message when the gateway is ready or has a first error. Until then, shows
 * progress in the Forwards view. The progress ends earlier if the list of gateways changes, because the row of the
 * gateway then shows its own progress.
 */
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

/**
 * Shows the user the result of a request to start a gateway or to open namespaces in it.
 * @param namespaces the namespaces that the user opened. Problems of other namespaces of the gateway are not shown
 */
export function showGatewayOutcome(gateway: GatewaySnapshot, namespaces: readonly string[]): void {
  const { l10n } = vscode;
  const { state } = gateway;
  // The user has stopped the gateway while it was starting, and knows that. So no message is needed.
  if (isStopped(state.type)) return;
  const ofNamespaces = gateway.namespaces.filter(({ name }) => namespaces.includes(name));
  const error = state.type === 'ready' ? namesProblem({ state, namespaces: ofNamespaces }) : undefined;
  const problem = error ?? ('error' in state ? state.error : undefined);
  if (problem === undefined) return showReady(gateway, namespaces);
  const args = { namespaces: namespacesText(namespaces), reason: errorText(l10n, problem) };
  const text =
    state.type === 'failed'
      ? l10n.t("Couldn't forward the services of {namespaces} by name: {reason}", args)
      : l10n.t('Still trying to forward the services of {namespaces} by name: {reason}', args);
  const retry = retryButton(gateway);
  notifyState(state.type === 'failed' ? 'error' : 'warning', text, [
    ...(retry === undefined ? [] : [retry]),
    ...roleButtons(problem),
    outputButton(),
  ]);
}

function showReady(gateway: GatewaySnapshot, namespaces: readonly string[]): void {
  const { l10n } = vscode;
  const args = { address: gatewayAddress(gateway) ?? '', namespaces: namespacesText(namespaces) };
  const { id, replacedPort: port } = gateway;
  const text =
    port === undefined
      ? l10n.t('Forwarding {address} → all services of {namespaces} by name', args)
      : l10n.t(
          'Forwarding {address} → all services of {namespaces} by name (local port {port} is not available)',
          { ...args, port },
        );
  notify('information', text, [
    { title: l10n.t('Open in Browser'), command: COMMANDS.openInBrowser, arguments: [id] },
    { title: l10n.t('Copy Proxy Settings'), command: COMMANDS.copyProxySettings, arguments: [id] },
  ]);
}

function retryButton(gateway: GatewaySnapshot): NotificationButton | undefined {
  const { l10n } = vscode;
  const mustSignIn = gatewayNeedsSignIn(gateway);
  if (gateway.state.type !== 'failed' && !mustSignIn) return undefined;
  const title = mustSignIn ? l10n.t('Sign In') : l10n.t('Retry');
  return { title, command: COMMANDS.restartForward, arguments: [gateway.id] };
}
