import * as vscode from 'vscode';
import { CodedError } from '../../base/errors.ts';
import type { ContextReference } from '../../rpc/contract.ts';
import type { GatewaySnapshot } from '../../rpc/gatewayContract.ts';
import { toErrorInfo } from '../../rpc/rpcErrors.ts';
import type { GatewaysModel } from '../gateways/gatewaysModel.ts';
import { untilNamesReady } from '../gateways/untilNamesReady.ts';
import { errorText } from '../present/errorText.ts';
import { gatewayAddress, isGatewayRunning } from '../present/gatewayText.ts';
import { pickOneNamespace } from '../prompts/pickOneNamespace.ts';
import type { PickSources } from '../prompts/pickTarget.ts';

export interface NamespaceTerminalServices extends PickSources {
  readonly gateways: GatewaysModel;
}

interface ChosenNamespace {
  readonly context: ContextReference;
  readonly namespace: string;
}

interface NamespaceItem extends vscode.QuickPickItem {
  /** Missing for the item that leads to all namespaces. */
  readonly chosen?: ChosenNamespace;
}

/** How long the terminal waits for the names. Milliseconds. */
const LIMIT_MS = 60_000;

/**
 * A terminal in which programs reach the services of a namespace by their names. Asks for the namespace, and opens it if it is not open.
 * @throws Error that VS Code shows; without a message, and so without a notification, if the user cancels
 */
export async function namespaceTerminal(
  services: NamespaceTerminalServices,
  extensionKind: vscode.ExtensionKind,
): Promise<vscode.TerminalProfile> {
  // Terminals of a remote window run there, where nothing listens on the ports of an extension that runs here.
  if (vscode.env.remoteName !== undefined && extensionKind === vscode.ExtensionKind.UI) {
    throw new Error(
      vscode.l10n.t(
        'Terminals of this window run on another machine than the extension Kubernetes Port Forward. Install the extension there.',
      ),
    );
  }
  const chosen = await choose(services);
  if (chosen === undefined) throw new Error();
  try {
    return new vscode.TerminalProfile(await terminalIn(services.gateways, chosen));
  } catch (error) {
    throw new Error(errorText(vscode.l10n, toErrorInfo(error)), { cause: error });
  }
}

async function terminalIn(
  gateways: GatewaysModel,
  { context, namespace }: ChosenNamespace,
): Promise<vscode.TerminalOptions> {
  const started =
    gateways.ofNamespace(context, namespace) ?? (await gateways.start({ context, namespaces: [namespace] }));
  const gateway = await untilNamesReady(gateways, started, namespace, AbortSignal.timeout(LIMIT_MS));
  if (gateway === undefined) throw new CodedError('STOPPED');
  const env = await gateways.variables({ id: gateway.id, namespaces: [namespace] });
  return {
    name: vscode.l10n.t('{namespace} (Kubernetes)', { namespace }),
    env: { ...env },
    iconPath: new vscode.ThemeIcon('plug'),
  };
}

/** Undefined if the user cancels. */
async function choose(services: NamespaceTerminalServices): Promise<ChosenNamespace | undefined> {
  const open = services.gateways.gateways.filter(isGatewayRunning).flatMap(itemsOf);
  const title = vscode.l10n.t('Kubernetes Namespace');
  if (open.length > 0) {
    const other: NamespaceItem = {
      label: vscode.l10n.t('Another Namespace...'),
      iconPath: new vscode.ThemeIcon('add'),
    };
    const picked = await vscode.window.showQuickPick<NamespaceItem>(
      [...open, { label: '', kind: vscode.QuickPickItemKind.Separator }, other],
      {
        title,
        placeHolder: vscode.l10n.t('Select the namespace that programs in the terminal reach by name'),
      },
    );
    if (picked === undefined || picked.chosen !== undefined) return picked?.chosen;
  }
  await services.contexts.load();
  return await pickOneNamespace(services, title);
}

function itemsOf(gateway: GatewaySnapshot): readonly NamespaceItem[] {
  const { context, namespaces } = gateway.specification;
  return namespaces.map((namespace) => ({
    label: namespace,
    description: [context.context, gatewayAddress(gateway)].filter((part) => part !== undefined).join(' · '),
    chosen: { context, namespace },
  }));
}
