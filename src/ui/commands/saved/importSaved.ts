import * as vscode from 'vscode';
import { notificationText } from '../../present/untrusted.ts';
import { readForwardsFile, withEntries } from '../../saved/forwardsFile.ts';
import { problemText } from '../../saved/problemText.ts';
import { placeText } from '../../saved/savedForwards.ts';
import type { CommandServices } from '../commandServices.ts';
import { pickPlace } from './pickSaved.ts';

/** Import Saved Forwards...: from a file that Export wrote. What has the name of an entry of the file is replaced. */
export async function importSaved({ saved }: CommandServices): Promise<void> {
  const { l10n } = vscode;
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const [file] =
    (await vscode.window.showOpenDialog({
      title: l10n.t('Import Saved Forwards'),
      openLabel: l10n.t('Import'),
      filters: { JSON: ['json'] },
      ...(folder === undefined ? {} : { defaultUri: folder }),
    })) ?? [];
  if (file === undefined) return;
  const read = readForwardsFile(new TextDecoder().decode(await vscode.workspace.fs.readFile(file)));
  if (read.type === 'invalid') {
    const text = l10n.t('{file} has no list of saved forwards.', { file: file.fsPath });
    vscode.window.showErrorMessage(notificationText(text)).then(undefined, () => {});
    return;
  }
  const { entries, problems } = read;
  const place = entries.length === 0 ? undefined : await pickPlace();
  if (entries.length > 0 && place === undefined) return;
  if (place !== undefined) await saved.write(place, withEntries(saved.read(place), entries));
  const args = { count: entries.length, place: place === undefined ? '' : placeText(place) };
  const [first] = problems;
  if (first === undefined) {
    const text = l10n.t('{count} forwards imported into {place}.', args);
    vscode.window.showInformationMessage(text).then(undefined, () => {});
    return;
  }
  const text = l10n.t('{count} forwards imported, {failed} not, among them "{name}": {reason}', {
    ...args,
    failed: problems.length,
    name: first.name,
    reason: problemText(l10n, first),
  });
  vscode.window.showWarningMessage(notificationText(text)).then(undefined, () => {});
}
