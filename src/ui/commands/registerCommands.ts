import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../base/disposable.ts';
import { COMMANDS } from '../../contributions.ts';
import { type CommandServices, VANISHED_ROW } from './commandServices.ts';

/** Registers every command. The first use of one loads them all. Shows an error that a command throws. */
export function registerCommands(services: CommandServices): Disposable {
  const owned = new DisposableStore();
  for (const id of Object.values(COMMANDS)) {
    owned.add(
      vscode.commands.registerCommand(id, async (...commandArguments: readonly unknown[]) => {
        try {
          const { COMMANDS_BY_ID } = await import('../later.ts');
          return await COMMANDS_BY_ID.get(id)?.run(services, ...withVanishedRow(commandArguments));
        } catch (error) {
          services.messages.showError(error);
          return undefined;
        }
      }),
    );
  }
  return owned;
}

/**
 * A menu passes its row, but VS Code passes nothing instead while the tree is fetching rows. A key or the Command Palette passes
 * no arguments at all.
 */
function withVanishedRow(commandArguments: readonly unknown[]): readonly unknown[] {
  const [row, ...others] = commandArguments;
  return commandArguments.length === 0 ? [] : [row ?? VANISHED_ROW, ...others];
}
