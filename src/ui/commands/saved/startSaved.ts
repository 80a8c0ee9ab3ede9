import * as vscode from 'vscode';
import { isKey, type KeyArguments } from '../../keyRows.ts';
import { notRunning } from '../../saved/savedRows.ts';
import { startSavedForwards } from '../../saved/savedStarter.ts';
import type { CommandServices } from '../commandServices.ts';
import { labelForward } from '../setLabel.ts';
import { oneSaved } from './pickSaved.ts';

/** Start Saved Forward: starts all selected saved forwards. */
export async function startSaved(
  services: CommandServices,
  argument: unknown,
  selected: unknown,
): Promise<void> {
  if (isKey(argument)) return startKeyRows(services, argument);
  const several = Array.isArray(selected) && selected.length > 1 ? selected : [argument];
  const chosen = await Promise.all(several.map((row) => oneSaved(services, row, false)));
  const found = chosen.filter((one) => one !== undefined);
  if (found.length > 0) await startSavedForwards(services, found);
}

/**
 * Enter starts saved forwards that do not run. On macOS, Enter renames, as in Finder. On other rows it does what Enter does in
 * any list.
 */
async function startKeyRows(services: CommandServices, { renames }: KeyArguments): Promise<void> {
  const rows = services.forwardsTree.takeKeyRows();
  const [focused] = rows;
  if (focused?.type === 'forward' && renames === true) return labelForward(services, focused.forward);
  const saved = rows.flatMap((row) => (row.type === 'saved' ? [row.saved] : []));
  if (saved.length > 0) return startSavedForwards(services, saved);
  await vscode.commands.executeCommand('list.select');
}

/** Start All Saved Forwards: starts those that do not run. */
export async function startAllSaved(services: CommandServices): Promise<void> {
  await startSavedForwards(services, notRunning(services.saved.forwards, services.forwards.forwards));
}
