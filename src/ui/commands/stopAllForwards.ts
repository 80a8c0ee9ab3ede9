import * as vscode from 'vscode';
import type { CommandServices } from './commandServices.ts';

/** Stops everything without asking, and says how many that were. */
export async function stopAllForwards({ forwards }: CommandServices): Promise<void> {
  const { l10n } = vscode;
  const count = await forwards.stopAll();
  const text =
    count === 0
      ? l10n.t('Nothing is forwarded.')
      : count === 1
        ? l10n.t('1 forward stopped.')
        : l10n.t('{count} forwards stopped.', { count });
  vscode.window.showInformationMessage(text).then(undefined, () => {});
}
