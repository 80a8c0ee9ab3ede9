import * as vscode from 'vscode';
import { notify } from '../notify.ts';
import { withEntriesAgain, withoutEntries } from '../saved/forwardsFile.ts';
import type { SavedForward } from '../saved/savedForward.ts';
import type { CommandServices } from './commandServices.ts';

/**
 * Deletes saved forwards, and offers one Undo for all of them. Undo does not restore the old list in the settings. It
 * adds the deleted forwards to the list as it is at that time, because the user may have saved or deleted other
 * forwards meanwhile.
 */
export async function deleteSavedForwards(
  { saved }: CommandServices,
  chosen: readonly SavedForward[],
): Promise<void> {
  const { l10n } = vscode;
  const [first] = chosen;
  if (first === undefined) return;
  const scopes = new Map(chosen.map(({ scope }) => [JSON.stringify(scope), scope]));
  const deleted = [...scopes].map(([key, scope]) => ({
    ...{ scope, before: saved.read(scope) },
    names: chosen.filter((one) => JSON.stringify(one.scope) === key).map(({ entry }) => entry.name),
  }));
  for (const { scope, before, names } of deleted) await saved.write(scope, withoutEntries(before, names));
  const text =
    chosen.length === 1
      ? l10n.t('Deleted the saved forward {name}.', { name: first.entry.name })
      : l10n.t('Deleted {count} saved forwards.', { count: chosen.length });
  const bringBack = async (): Promise<void> => {
    for (const { scope, before, names } of deleted) {
      await saved.write(scope, withEntriesAgain(saved.read(scope), before, names));
    }
  };
  notify('information', text, [{ title: l10n.t('Undo'), run: bringBack }]);
}
