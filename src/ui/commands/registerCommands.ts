import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../base/disposable.ts';
import { COMMANDS } from '../../contributions.ts';
import type { CommandServices } from './commandServices.ts';

/**
 * Registers all commands. Loads their code when a command runs for the first time, so that activation is fast. If a
 * command throws an error, shows the error to the user.
 */
export function registerCommands(services: CommandServices): Disposable {
  const owned = new DisposableStore();
  for (const id of Object.values(COMMANDS)) {
    owned.add(
      vscode.commands.registerCommand(id, async (...commandArguments: readonly unknown[]) => {
        try {
          return await (await import('../later.ts')).runCommand(services, id, commandArguments);
        } catch (error) {
          services.messages.showError(error);
          return undefined;
        }
      }),
    );
  }
  return owned;
}
