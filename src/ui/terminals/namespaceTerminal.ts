import { existsSync } from 'node:fs';
import { delimiter } from 'node:path';
import * as vscode from 'vscode';
import { deadline } from '../../base/async.ts';
import { CodedError } from '../../base/errors.ts';
import { defaultKubeconfigs } from '../../base/kubectlHome.ts';
import type { GatewaySnapshot } from '../../rpc/gatewayContract.ts';
import { HOLDER_LIFETIMES } from '../../rpc/holdersContract.ts';
import { fromErrorInfo, toErrorInfo } from '../../rpc/rpcErrors.ts';
import type { GatewaysModel } from '../gateways/gatewaysModel.ts';
import { untilNamesReady } from '../gateways/untilNamesReady.ts';
import { errorText } from '../present/errorText.ts';
import { isUp } from '../present/forwardText.ts';
import { byName, gatewayAddress } from '../present/gatewayText.ts';
import { labelText } from '../present/untrusted.ts';
import { type NamespaceReference, pickOneNamespace } from '../prompts/pickOneNamespace.ts';
import type { PickSources } from '../prompts/pickTarget.ts';

export interface NamespaceTerminalServices extends PickSources {
  readonly gateways: GatewaysModel;
}

interface NamespaceItem extends vscode.QuickPickItem {
  /** Undefined for the item "Another Namespace...". */
  readonly chosen?: NamespaceReference;
}

/**
 * How long to wait until programs can reach the services of the namespace, in milliseconds. After this time, no
 * terminal opens, and VS Code shows an error.
 */
const LIMIT_MS = 60_000;

/**
 * Returns a terminal in which programs reach the services of a namespace by name. Asks for the namespace, and opens it
 * in a gateway if none serves it yet.
 * @throws an Error that VS Code shows. If the user cancels, the Error has no message, so VS Code shows nothing.
 */
export async function namespaceTerminal(
  services: NamespaceTerminalServices,
  extensionKind: vscode.ExtensionKind,
): Promise<vscode.TerminalProfile> {
  // In a remote window, terminals run on the remote machine. If this extension runs on the user's machine, the gateway
  // listens there, and programs in these terminals cannot connect to it.
  if (vscode.env.remoteName !== undefined && extensionKind === vscode.ExtensionKind.UI) {
    throw new Error(
      vscode.l10n.t(
        'The terminals of this window run on a different machine than the Kubernetes Port Forward extension. Install the extension on that machine.',
      ),
    );
  }
  let chosen: NamespaceReference | undefined;
  try {
    chosen = await choose(services);
    if (chosen !== undefined) {
      const options = await terminalIn(services.gateways, chosen);
      showWhenOpened(options);
      return new vscode.TerminalProfile(options);
    }
  } catch (error) {
    throw new Error(errorText(vscode.l10n, toErrorInfo(error)), { cause: error });
  }
  throw new Error();
}

/**
 * Shows the terminal as soon as VS Code has opened it. VS Code itself would leave the terminal invisible if the panel
 * is hidden.
 */
function showWhenOpened({ name }: vscode.TerminalOptions): void {
  const subscription = vscode.window.onDidOpenTerminal((terminal) => {
    if (terminal.creationOptions.name !== name) return;
    subscription.dispose();
    terminal.show();
  });
}

async function terminalIn(
  gateways: GatewaysModel,
  { context, namespace }: NamespaceReference,
): Promise<vscode.TerminalOptions> {
  const open = gateways.ofNamespace(context, namespace);
  const started =
    open !== undefined && isKept(open, namespace)
      ? open
      : await gateways.start({ context, namespaces: [namespace] });
  const target = byName(vscode.l10n, [namespace]);
  const late = () => new CodedError('FORWARD_NOT_READY', { target, seconds: LIMIT_MS / 1_000 });
  using limit = deadline(undefined, LIMIT_MS, late);
  const gateway = await untilNamesReady(gateways, started, namespace, limit.signal);
  if (gateway === undefined) throw new CodedError('STOPPED');
  const env = await gateways.variables({ id: gateway.id, namespaces: [namespace] });
  return {
    name: vscode.l10n.t('{namespace} (Kubernetes)', { namespace }),
    env: { ...env },
    iconPath: new vscode.ThemeIcon('plug'),
  };
}

/**
 * Returns true if a person has opened the namespace, in a window or with the terminal command, so that the namespace
 * stays open. If only tasks, extensions and chat agents have opened the namespace, it closes when the last of them has
 * ended. The caller then opens the namespace for this window too, so that it stays open for the new terminal.
 */
function isKept({ holders }: GatewaySnapshot, namespace: string): boolean {
  return holders.some(
    ({ kind, namespaces }) => HOLDER_LIFETIMES[kind] !== 'client' && namespaces.includes(namespace),
  );
}

/**
 * Asks for a namespace: one that a gateway already serves, or any other namespace. Undefined if the user cancels.
 * @throws CodedError if there are no contexts, or if they cannot be loaded, for example because the host cannot be
 *   reached
 */
async function choose(services: NamespaceTerminalServices): Promise<NamespaceReference | undefined> {
  const open = services.gateways.all.filter(isUp).flatMap(itemsOf);
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
  if ((await services.contexts.list()).length === 0) throw noContexts(services.contexts);
  return await pickOneNamespace(services, title);
}

/** Returns the error that says why there is no context to choose. */
function noContexts({ state }: NamespaceTerminalServices['contexts']): CodedError {
  const [problem] = state.type === 'known' ? state.snapshot.problems : [];
  if (problem !== undefined) return fromErrorInfo(problem.error);
  const files = defaultKubeconfigs(process.env);
  const code = files.some((file) => existsSync(file)) ? 'NO_CONTEXTS' : 'NO_KUBECONFIG';
  return new CodedError(code, { path: files.join(delimiter) });
}

function itemsOf(gateway: GatewaySnapshot): readonly NamespaceItem[] {
  const { context, namespaces } = gateway.specification;
  return namespaces.map((namespace) => ({
    label: namespace,
    description: [labelText(context.context), gatewayAddress(gateway)]
      .filter((part) => part !== undefined)
      .join(' · '),
    chosen: { context, namespace },
  }));
}
