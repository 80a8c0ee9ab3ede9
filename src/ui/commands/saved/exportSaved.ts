import { join } from 'node:path';
import * as vscode from 'vscode';
import { notify } from '../../notify.ts';
import { writeForwardsFile } from '../../saved/forwardsFile.ts';
import type { CommandServices } from '../commandServices.ts';

const FILE = 'forwards.json';

/** Export Saved Forwards...: writes all saved forwards to a file. */
export async function exportSaved({ saved }: CommandServices): Promise<void> {
  const { l10n } = vscode;
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const file = await vscode.window.showSaveDialog({
    title: l10n.t('Export Saved Forwards'),
    saveLabel: l10n.t('Export'),
    filters: { JSON: ['json'] },
    ...(folder === undefined ? {} : { defaultUri: folder.with({ path: join(folder.path, FILE) }) }),
  });
  if (file === undefined) return;
  const entries = saved.forwards.map(({ entry }) => entry);
  await vscode.workspace.fs.writeFile(file, new TextEncoder().encode(writeForwardsFile(entries)));
  const count = entries.length;
  const text = count === 1 ? l10n.t('Exported 1 forward.') : l10n.t('Exported {count} forwards.', { count });
  notify('information', text);
}
