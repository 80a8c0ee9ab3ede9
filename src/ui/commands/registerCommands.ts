import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../base/disposable.ts';
import { COMMANDS } from '../../contributions.ts';
import type { CommandServices } from './commandServices.ts';

/** Registers every command; what they do is loaded with the first. What a handler rejects with becomes a notification. */
export function registerCommands(services: CommandServices): Disposable {
  const owned = new DisposableStore();
  for (const id of Object.values(COMMANDS)) {
    owned.add(
      vscode.commands.registerCommand(id, async (...commandArguments: readonly unknown[]) => {
        try {
          const { COMMAND_HANDLERS } = await import('../later.ts');
          await COMMAND_HANDLERS[id](services, ...commandArguments);
        } catch (error) {
          services.messages.showError(error);
        }
      }),
    );
  }
  return owned;
}
