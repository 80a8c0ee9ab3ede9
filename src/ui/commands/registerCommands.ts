import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../base/disposable.ts';
import { COMMANDS } from '../../contributions.ts';
import type { CommandServices } from './commandServices.ts';

/** Registers all commands. Their code loads when one first runs. Shows the errors that commands throw. */
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
