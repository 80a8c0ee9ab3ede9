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
 * A menu passes its row, but VS Code passes nothing instead while the tree is fetching rows. A key or the Command Palette passes
 * no arguments at all.
 */
function withVanishedRow(commandArguments: readonly unknown[]): readonly unknown[] {
  const [row, ...others] = commandArguments;
  return commandArguments.length === 0 ? [] : [row ?? VANISHED_ROW, ...others];
}

/** VS Code also passes selected rows that are hidden beneath a collapsed one. */
function isShown({ clustersTree, forwardsTree }: CommandServices, row: unknown): boolean {
  // The row is of one of the trees. The other tree knows no row above it.
  return clustersTree.isShown(row as never) && forwardsTree.isShown(row as never);
}
