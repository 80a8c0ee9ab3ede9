import * as vscode from 'vscode';
import { notificationText } from '../../present/untrusted.ts';
import { withoutEntry } from '../../saved/forwardsFile.ts';
import type { CommandServices } from '../commandServices.ts';
import { oneSaved } from './pickSaved.ts';

/** Delete Saved Forward: asks nothing, and can be undone. What runs of it goes on. */
export async function deleteSaved(services: CommandServices, argument: unknown): Promise<void> {
  const { l10n } = vscode;
  const { saved } = services;
  const found = await oneSaved(services, argument);
  if (found === undefined) return;
  const { place, entry } = found;
  const before = saved.read(place);
  await saved.write(place, withoutEntry(before, entry.name));
  const undo = l10n.t('Undo');
  const text = l10n.t('The saved forward {name} was deleted.', { name: entry.name });
  const answer = await vscode.window.showInformationMessage(notificationText(text), undo);
  if (answer === undo && Array.isArray(before)) await saved.write(place, before);
}
