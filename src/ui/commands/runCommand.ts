import type { CommandServices } from './commandServices.ts';
import { COMMANDS_BY_ID } from './commands.ts';

/**
 * Runs a command with the arguments from VS Code: nothing, or the row of a menu and the selected rows. Does nothing if
 * the row of the menu has vanished: the command must not use the selected row instead, because the user may have opened
 * the menu of another row.
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
 * Returns true if the command was run from the menu of a row that has vanished, because VS Code has fetched the rows
 * again meanwhile. From the menu of a row, VS Code always passes two arguments: the row and the selected rows. So if
 * there are two arguments and the first is undefined, the row has vanished.
 */
function hasVanished([row, ...others]: readonly unknown[]): boolean {
  return others.length > 0 && (row === undefined || row === null);
}

/**
 * Returns false for a selected row to which a command must not apply. Such a row is hidden below a collapsed row, or is
 * undefined: VS Code passes undefined for a row that has vanished.
 */
function isShown({ clustersTree, forwardsTree }: CommandServices, row: unknown): boolean {
  if (row === undefined || row === null) return false;
  // Asks both trees, because it is not known which tree the row belongs to. The tree that does not contain the row
  // always returns true: it knows no parent of the row, so it finds no collapsed parent.
  return clustersTree.isShown(row as never) && forwardsTree.isShown(row as never);
}
