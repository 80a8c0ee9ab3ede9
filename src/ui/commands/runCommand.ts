import type { CommandServices } from './commandServices.ts';
import { COMMANDS_BY_ID } from './commands.ts';

/**
 * Runs a command with the arguments from VS Code: nothing, or the row of a menu and the selected rows. Does nothing if
 * the row has vanished: a command must not use the selected row instead, because the user may have clicked another row.
 */
export async function runCommand(
  services: CommandServices,
  id: string,
  commandArguments: readonly unknown[],
): Promise<unknown> {
  const command = COMMANDS_BY_ID.get(id);
  const [row, selected, ...others] = commandArguments;
  if (hasVanished(commandArguments) && command?.ignoresRow !== true) return undefined;
  const rows = Array.isArray(selected) ? selected.filter((one) => isShown(services, one)) : selected;
  return await command?.run(services, row ?? undefined, rows, ...others);
}

/**
 * Returns whether the menu of a row ran a command, but VS Code did not pass the row, because it is fetching rows. From
 * a tree view, VS Code always passes two arguments: the row and the selected rows.
 */
function hasVanished([row, ...others]: readonly unknown[]): boolean {
  return others.length > 0 && (row === undefined || row === null);
}

/**
 * Whether a row is visible. VS Code also passes selected rows that are hidden below a collapsed row, and undefined for
 * a selected row that has vanished.
 */
function isShown({ clustersTree, forwardsTree }: CommandServices, row: unknown): boolean {
  if (row === undefined || row === null) return false;
  // The row belongs to one of the two trees. The other tree finds no parent of the row, and therefore returns true.
  return clustersTree.isShown(row as never) && forwardsTree.isShown(row as never);
}
