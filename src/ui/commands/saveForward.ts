import * as vscode from 'vscode';
import { defined } from '../../base/defined.ts';
import { printable } from '../../base/text.ts';
import { formatTarget } from '../../kinds/target.ts';
import type { ContextReference } from '../../rpc/clustersContract.ts';
import type { ForwardSnapshot } from '../../rpc/forwardsContract.ts';
import type { GatewaySnapshot } from '../../rpc/gatewayContract.ts';
import { notify } from '../notify.ts';
import { forwardName, forwardTarget } from '../present/forwardText.ts';
import { byName } from '../present/gatewayText.ts';
import type { Running } from '../present/running.ts';
import { pickFrom } from '../prompts/quickPick.ts';
import {
  type ForwardEntry,
  type NamespaceEntry,
  readEntries,
  type SavedEntry,
} from '../saved/forwardEntry.ts';
import { withEntries } from '../saved/forwardsFile.ts';
import type { SettingsScope } from '../saved/savedForward.ts';
import { scopeText, settingsScopes } from '../saved/savedForwards.ts';
import type { CommandServices } from './commandServices.ts';
import { pickScope } from './pickSaved.ts';
import { oneRunning } from './running.ts';

/**
 * Save Forward...: saves an entry in the settings for a forward with its local port, or for a namespace whose services
 * a gateway makes reachable by name. Asks the user for the name of the entry.
 */
export async function saveForward(services: CommandServices, argument: unknown): Promise<void> {
  const { l10n } = vscode;
  const running = await oneRunning(services, l10n.t('Save Forward'), argument);
  const source = running && (await sourceOf(running));
  if (source === undefined) return;
  const name = await vscode.window.showInputBox({
    title: l10n.t('Save Forward: {target}', { target: source.title }),
    prompt: l10n.t('Name of the saved forward'),
    value: source.name,
    validateInput: (value) => checkName(services, value.trim()),
  });
  if (name === undefined || name.trim() === '') return;
  const scope = await pickScope((candidate) =>
    findEntry(services, candidate, name.trim()) === undefined
      ? ''
      : l10n.t('replaces the forward with this name'),
  );
  if (scope === undefined) return;
  try {
    await services.entries.checkContext(source.context, scope);
  } catch (error) {
    // Saves nothing, because another cluster may have a context with the same name. The entry would contain only this
    // name, so its forward could later start in the wrong cluster.
    services.messages.showError(error);
    return;
  }
  const { group, autoStart } = findEntry(services, scope, name.trim()) ?? {};
  const entry = {
    ...source.toEntry(name.trim(), scope),
    ...defined({ group, autoStart }),
  };
  await services.saved.write(scope, withEntries(services.saved.read(scope), [entry]));
  if (running?.type === 'forward') await services.forwards.setLabel(running.forward.id, entry.name);
  const text = l10n.t('Saved {name} in {place}.', { name: entry.name, place: scopeText(scope) });
  notify('information', text);
}

interface Source {
  readonly title: string;
  readonly context: ContextReference;
  /** The initial value of the input box for the name. */
  readonly name: string;
  readonly toEntry: (name: string, scope: SettingsScope) => SavedEntry;
}

/**
 * Returns the forward or the namespace to save. If a gateway has several namespaces, asks the user to choose a
 * namespace, because one entry in the settings opens only one namespace.
 */
async function sourceOf(running: Running): Promise<Source | undefined> {
  if (running.type === 'forward') {
    const { forward } = running;
    return {
      title: forwardTarget(forward),
      context: forward.specification.target.context,
      name: forwardName(forward),
      toEntry: (name, scope) => toEntry(name, forward, scope),
    };
  }
  const { gateway } = running;
  const { namespaces } = gateway.specification;
  const [only] = namespaces;
  const namespace =
    namespaces.length === 1
      ? only
      : await pickFrom(
          vscode.l10n.t('Save Forward'),
          vscode.l10n.t('Choose a namespace'),
          namespaces.map((one) => ({ label: one, value: one })),
        );
  if (namespace === undefined) return undefined;
  return {
    title: byName(vscode.l10n, [namespace]),
    context: gateway.specification.context,
    name: printable(namespace),
    toEntry: (name) => toNamespaceEntry(name, gateway, namespace),
  };
}

/**
 * Returns the entry for a namespace whose services a gateway makes reachable by name. The entry has no local port,
 * because all namespaces of a context share the gateway and its local port.
 */
function toNamespaceEntry(
  name: string,
  { specification }: GatewaySnapshot,
  namespace: string,
): NamespaceEntry {
  return { name, context: specification.context.context, namespace, proxy: true };
}

/**
 * Checks the name while the user types. Returns an error if the name is empty, and a warning if saving would replace a
 * saved forward with the same name.
 */
function checkName(services: CommandServices, name: string): vscode.InputBoxValidationMessage | undefined {
  const { l10n } = vscode;
  if (name === '') {
    return { message: l10n.t('Enter a name'), severity: vscode.InputBoxValidationSeverity.Error };
  }
  const scopes = settingsScopes().filter((scope) => findEntry(services, scope, name) !== undefined);
  if (scopes.length === 0) return undefined;
  const args = { places: scopes.map(scopeText).join(', ') };
  return {
    message:
      settingsScopes().length === 1
        ? l10n.t('Replaces the forward with this name in {places}', args)
        : l10n.t('Replaces the forward with this name if you save to {places}', args),
    severity: vscode.InputBoxValidationSeverity.Warning,
  };
}

function findEntry({ saved }: CommandServices, scope: SettingsScope, name: string): SavedEntry | undefined {
  return readEntries(saved.read(scope)).entries.find((entry) => entry.name === name);
}

function toEntry(
  name: string,
  { specification, localPort }: ForwardSnapshot,
  scope: SettingsScope,
): ForwardEntry {
  const { target, remotePort, address, transport } = specification;
  return {
    name,
    context: target.context.context,
    namespace: target.namespace,
    target: formatTarget(target),
    remotePort,
    ...defined({ localPort }),
    // Saves the address only in user settings. Workspace settings may be shared with other users, and the address could
    // make their forwards reachable from the network.
    ...(scope.type !== 'user' || address === 'localhost' ? {} : { address }),
    ...defined({ transport }),
  };
}
