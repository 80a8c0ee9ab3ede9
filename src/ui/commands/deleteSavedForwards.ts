import * as vscode from 'vscode';
import { notify } from '../notify.ts';
import { withoutEntry } from '../saved/forwardsFile.ts';
import type { SavedForward } from '../saved/savedForward.ts';
import type { CommandServices } from './commandServices.ts';

/**
 * Deletes saved forwards, and offers one Undo for all of them. Deletes them one after another, because each deletion
 * writes the whole list to the settings. If two deletions ran at the same time, each would write back the entry that
 * the other deletes.
 */
export async function deleteSavedForwards(
  { saved }: CommandServices,
  chosen: readonly SavedForward[],
): Promise<void> {
  const { l10n } = vscode;
  const [first] = chosen;
  if (first === undefined) return;
  const scopes = new Map(chosen.map(({ scope }) => [JSON.stringify(scope), scope]));
  const before = [...scopes.values()].map((scope) => ({ scope, list: saved.read(scope) }));
  for (const { scope, entry } of chosen) {
    await saved.write(scope, withoutEntry(saved.read(scope), entry.name));
  }
  const text =
    chosen.length === 1
      ? l10n.t('Deleted the saved forward {name}.', { name: first.entry.name })
      : l10n.t('Deleted {count} saved forwards.', { count: chosen.length });
  const bringBack = async (): Promise<void> => {
    for (const { scope, list } of before) {
      if (Array.isArray(list)) await saved.write(scope, list);
    }
  };
  notify('information', text, [{ title: l10n.t('Undo'), run: bringBack }]);
}
