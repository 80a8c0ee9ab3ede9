import { type CommandServices, VANISHED_ROW } from './commandServices.ts';
import { COMMANDS_BY_ID } from './commands.ts';

/** Runs a command with the arguments from VS Code: nothing, or the row of a menu and the selected rows. */
export async function runCommand(
  services: CommandServices,
  id: string,
  commandArguments: readonly unknown[],
): Promise<unknown> {
  const [row, selected, ...others] = withVanishedRow(commandArguments);
  const rows = Array.isArray(selected) ? selected.filter((one) => isShown(services, one)) : selected;
  return await COMMANDS_BY_ID.get(id)?.run(services, row, rows, ...others);
}

/**
 * Replaces a missing row by {@link VANISHED_ROW}. While a tree is fetching rows, VS Code passes `undefined` instead
 * of the row whose menu ran the command. From the Command Palette, VS Code passes no arguments at all.
 */
function withVanishedRow(commandArguments: readonly unknown[]): readonly unknown[] {
  const [row, ...others] = commandArguments;
  return commandArguments.length === 0 ? [] : [row ?? VANISHED_ROW, ...others];
}

/** Whether a row is visible. VS Code also passes selected rows that are hidden below a collapsed row. */
function isShown({ clustersTree, forwardsTree }: CommandServices, row: unknown): boolean {
  // The row belongs to one of the two trees. The other tree finds no parent of the row, and therefore returns true.
  return clustersTree.isShown(row as never) && forwardsTree.isShown(row as never);
}
