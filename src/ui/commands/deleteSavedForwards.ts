import * as vscode from 'vscode';
import { notify } from '../notify.ts';
import { withoutEntry } from '../saved/forwardsFile.ts';
import type { SavedForward } from '../saved/savedForward.ts';
import type { CommandServices } from './commandServices.ts';

/**
 * Deletes saved forwards one after another. Each deletion writes a whole list of saved forwards to the settings, so a
 * second deletion at the same time would write the deleted entry again. Offers one Undo for all deletions.
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
