import * as vscode from 'vscode';
import { type ForwardEntry, isText } from '../../saved/forwardEntry.ts';
import { withEntries } from '../../saved/forwardsFile.ts';
import { groupsOf, type SavedForward } from '../../saved/savedForward.ts';
import type { CommandServices } from '../commandServices.ts';
import { oneSaved } from './pickSaved.ts';

/** Set Group of Saved Forward...: an empty name removes the group. */
export async function setGroup(services: CommandServices, argument: unknown): Promise<void> {
  const { l10n } = vscode;
  const found = await oneSaved(services, argument);
  if (found === undefined) return;
  const known = groupsOf(services.saved.forwards).join(', ');
  const text = await vscode.window.showInputBox({
    title: l10n.t('Set Group: {name}', { name: found.entry.name }),
    prompt:
      known === ''
        ? l10n.t('Name of the group')
        : l10n.t('Name of the group. Existing groups: {known}', { known }),
    value: found.entry.group ?? '',
    validateInput: (value) =>
      value.trim() === '' || isText(value) ? undefined : l10n.t('Enter at most 253 characters'),
  });
  if (text === undefined) return;
  const group = text.trim();
  const { group: _, ...entry } = found.entry;
  await replace(services, found, group === '' ? entry : { ...entry, group });
}

/** Start Saved Forward Automatically: when the folder opens, or for user settings when VS Code starts. */
export async function startAutomatically(services: CommandServices, argument: unknown): Promise<void> {
  const found = await oneSaved(services, argument);
  if (found === undefined) return;
  // A forward that starts automatically must name its cluster.
  const context = found.entry.context ?? (await currentContext(services));
  if (context !== undefined) await replace(services, found, { ...found.entry, context, autoStart: true });
}

/** Don't Start Saved Forward Automatically. */
export async function startByHand(services: CommandServices, argument: unknown): Promise<void> {
  const found = await oneSaved(services, argument);
  if (found === undefined) return;
  const { autoStart: _, ...entry } = found.entry;
  await replace(services, found, entry);
}

async function currentContext({ contexts, messages }: CommandServices): Promise<string | undefined> {
  const state = await contexts.load();
  if (state.type === 'failed') messages.showErrorInfo(state.error);
  const current = contexts.contexts.find(({ isCurrent }) => isCurrent)?.context;
  if (state.type !== 'failed' && current === undefined) {
    messages.showErrorInfo({
      code: 'NO_CURRENT_CONTEXT',
      arguments: { known: contexts.contexts.map(({ context }) => context).join(', ') },
    });
  }
  return current;
}

async function replace(
  { saved }: CommandServices,
  { place }: SavedForward,
  entry: ForwardEntry,
): Promise<void> {
  await saved.write(place, withEntries(saved.read(place), [entry]));
}
