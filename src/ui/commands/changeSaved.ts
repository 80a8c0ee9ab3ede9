import * as vscode from 'vscode';
import { toErrorInfo } from '../../rpc/rpcErrors.ts';
import { isText, type SavedEntry } from '../saved/forwardEntry.ts';
import { withEntries } from '../saved/forwardsFile.ts';
import { groupsOf, type SavedForward } from '../saved/savedForward.ts';
import { namedContext } from '../saved/toSpecification.ts';
import type { CommandServices } from './commandServices.ts';
import { givenSaved } from './pickSaved.ts';

/**
 * Set Group of Saved Forward...: asks for the name of the group, and moves the chosen saved forwards to this group. An
 * empty name removes the saved forwards from their groups.
 */
export async function setGroup(
  services: CommandServices,
  argument: unknown,
  selected: unknown,
): Promise<void> {
  const { l10n } = vscode;
  const found = await givenSaved(services, l10n.t('Set Group of Saved Forward'), argument, selected);
  const [first] = found;
  if (first === undefined) return;
  const known = groupsOf(services.saved.forwards).join(', ');
  const text = await vscode.window.showInputBox({
    title: l10n.t('Set Group: {name}', { name: found.map(({ entry }) => entry.name).join(', ') }),
    prompt:
      known === ''
        ? l10n.t('Name of the group')
        : l10n.t('Name of the group. Existing groups: {known}', { known }),
    value: first.entry.group ?? '',
    validateInput: (value) =>
      value.trim() === '' || isText(value) ? undefined : l10n.t('Enter at most 253 characters'),
  });
  if (text === undefined) return;
  const group = text.trim();
  for (const one of found) {
    const { group: _, ...entry } = one.entry;
    await replace(services, one, group === '' ? entry : { ...entry, group });
  }
}

/**
 * Start Saved Forward Automatically: sets `autoStart` in the entries of the chosen saved forwards. The forward of an
 * entry in workspace or folder settings then starts whenever the folder is opened. The forward of an entry in the user
 * settings starts whenever a window opens.
 */
export async function startAutomatically(
  services: CommandServices,
  argument: unknown,
  selected: unknown,
): Promise<void> {
  const title = vscode.l10n.t('Start Saved Forward Automatically');
  const found = await givenSaved(services, title, argument, selected);
  // An entry that starts automatically must name its context, because the current context may be a different one at
  // each start.
  const isNamed = found.every(({ entry }) => entry.context !== undefined);
  const current = isNamed ? undefined : await currentContext(services);
  for (const one of found) {
    const context = one.entry.context ?? current;
    if (context !== undefined) await replace(services, one, { ...one.entry, context, autoStart: true });
  }
}

/**
 * Don't Start Saved Forward Automatically: removes `autoStart` from the entries of the chosen saved forwards. They then
 * start only when the user starts them.
 */
export async function startByHand(
  services: CommandServices,
  argument: unknown,
  selected: unknown,
): Promise<void> {
  const title = vscode.l10n.t("Don't Start Saved Forward Automatically");
  for (const one of await givenSaved(services, title, argument, selected)) {
    const { autoStart: _, ...entry } = one.entry;
    await replace(services, one, entry);
  }
}

async function currentContext({ contexts, messages }: CommandServices): Promise<string | undefined> {
  try {
    const known = { contexts: await contexts.list(), problems: contexts.problems };
    return namedContext({}, known).context;
  } catch (error) {
    messages.showErrorInfo(toErrorInfo(error));
    return undefined;
  }
}

async function replace(
  { saved }: CommandServices,
  { scope }: SavedForward,
  entry: SavedEntry,
): Promise<void> {
  await saved.write(scope, withEntries(saved.read(scope), [entry]));
}
