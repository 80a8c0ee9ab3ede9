import * as vscode from 'vscode';
import { defined } from '../../base/defined.ts';
import { notify } from '../notify.ts';
import { pickFrom } from '../prompts/quickPick.ts';
import type { SavedEntry } from '../saved/forwardEntry.ts';
import {
  type ReadForwards,
  readForwardsFile,
  withEntries,
  withoutAutoStart,
  writeForwardsFile,
} from '../saved/forwardsFile.ts';
import { problemText } from '../saved/problemText.ts';
import { scopeText } from '../saved/savedForwards.ts';
import type { CommandServices } from './commandServices.ts';
import { pickScope } from './pickSaved.ts';

const FILE = 'forwards.json';

/**
 * Import Saved Forwards...: adds the forwards of an exported file to the settings. Replaces saved forwards that have
 * the same names.
 */
export async function importSaved({ saved }: CommandServices): Promise<void> {
  const { l10n } = vscode;
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const [file] =
    (await vscode.window.showOpenDialog({
      title: l10n.t('Import Saved Forwards'),
      openLabel: l10n.t('Import'),
      filters: { JSON: ['json'] },
      ...defined({ defaultUri: folder }),
    })) ?? [];
  if (file === undefined) return;
  const read = await readChosen(file);
  if (read === undefined) return;
  const { problems, leftOut } = read;
  const entries = await askForAutoStart(read.entries);
  if (entries === undefined) return;
  const scope = entries.length === 0 ? undefined : await pickScope();
  if (entries.length > 0 && scope === undefined) return;
  if (scope !== undefined) await saved.write(scope, withEntries(saved.read(scope), entries));
  const args = { count: entries.length, place: scope === undefined ? '' : scopeText(scope) };
  const [first] = problems;
  if (first === undefined) {
    const imported =
      entries.length === 1
        ? l10n.t('Imported 1 forward into {place}.', args)
        : l10n.t('Imported {count} forwards into {place}.', args);
    const text = [imported, leftOutText(leftOut)].join(' ').trim();
    notify('information', text);
    return;
  }
  const text = l10n.t('Imported: {count}. Not imported: {failed}, for example "{name}": {reason}.', {
    ...args,
    failed: problems.length,
    name: first.name,
    reason: problemText(l10n, first),
  });
  const all = [text, leftOutText(leftOut)].join(' ').trim();
  notify('warning', all);
}

/** Reads the file. If the file cannot be imported, tells the user why and returns undefined. */
async function readChosen(file: vscode.Uri): Promise<ReadForwards | undefined> {
  const { l10n } = vscode;
  const read = readForwardsFile(new TextDecoder().decode(await vscode.workspace.fs.readFile(file)));
  if (read.type === 'forwards') return read;
  const args = { file: file.fsPath };
  const text =
    read.type === 'newer'
      ? l10n.t('{file} was exported by a newer version of this extension: update the extension.', args)
      : l10n.t('{file} does not contain a list of saved forwards.', args);
  notify('error', text);
  return undefined;
}

/**
 * If imported entries have `autoStart`, asks the user whether these entries keep it. Needed because somebody else may
 * have written the file, and the forwards of these entries would start without an action of the user. Returns the
 * entries to import. Undefined if the user cancels.
 */
async function askForAutoStart(entries: readonly SavedEntry[]): Promise<readonly SavedEntry[] | undefined> {
  const { l10n } = vscode;
  const names = entries.filter(({ autoStart }) => autoStart === true).map(({ name }) => name);
  if (names.length === 0) return entries;
  return pickFrom(
    l10n.t('Import Saved Forwards'),
    l10n.t('Some of these forwards start automatically. Keep automatic start?'),
    [
      {
        label: l10n.t('Import without automatic start'),
        value: withoutAutoStart(entries),
      },
      { label: l10n.t('Import with automatic start'), description: names.join(', '), value: entries },
    ],
  );
}

function leftOutText(leftOut: readonly string[]): string {
  return leftOut.length === 0 ? '' : vscode.l10n.t('Ignored: {fields}', { fields: leftOut.join(', ') });
}

/** Export Saved Forwards...: writes all saved forwards to a file. */
export async function exportSaved({ saved }: CommandServices): Promise<void> {
  const { l10n } = vscode;
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const file = await vscode.window.showSaveDialog({
    title: l10n.t('Export Saved Forwards'),
    saveLabel: l10n.t('Export'),
    filters: { JSON: ['json'] },
    ...(folder === undefined ? {} : { defaultUri: vscode.Uri.joinPath(folder, FILE) }),
  });
  if (file === undefined) return;
  const entries = saved.forwards.map(({ entry }) => entry);
  await vscode.workspace.fs.writeFile(file, new TextEncoder().encode(writeForwardsFile(entries)));
  const count = entries.length;
  const text = count === 1 ? l10n.t('Exported 1 forward.') : l10n.t('Exported {count} forwards.', { count });
  notify('information', text);
}
