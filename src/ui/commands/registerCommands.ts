import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../base/disposable.ts';
import { COMMANDS } from '../../contributions.ts';
import type { CommandServices } from './commandServices.ts';
import { VANISHED_ROW } from './vanishedRow.ts';

/** Registers every command. The first command loads the handlers. Shows an error that a handler throws. */
export function registerCommands(services: CommandServices): Disposable {
  const owned = new DisposableStore();
  for (const id of Object.values(COMMANDS)) {
    owned.add(
      vscode.commands.registerCommand(id, async (...commandArguments: readonly unknown[]) => {
        try {
          const { COMMAND_HANDLERS } = await import('../later.ts');
          await COMMAND_HANDLERS[id](services, ...withVanishedRow(commandArguments));
        } catch (error) {
          services.messages.showError(error);
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
