import * as vscode from 'vscode';
import type { CommandServices } from './commandServices.ts';
import { stopAndOfferUndo } from './stopAndOfferUndo.ts';

/** Stops all forwards without asking, shows their number, and offers Undo. */
export async function stopAllForwards(services: CommandServices): Promise<void> {
  const { forwards } = services;
  const all = forwards.forwards;
  if (all.length > 0) return stopAndOfferUndo(services, all, () => forwards.stopAll());
  await forwards.stopAll();
  vscode.window.showInformationMessage(vscode.l10n.t('No forwarded ports.')).then(undefined, () => {});
}
