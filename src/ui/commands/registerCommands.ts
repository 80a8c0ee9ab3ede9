import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../base/disposable.ts';
import { COMMANDS } from '../../contributions.ts';
import type { CommandServices } from './commandServices.ts';
import { VANISHED_ROW } from './vanishedRow.ts';

/** Registers every command; what they do is loaded with the first. What a handler rejects with becomes a notification. */
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
 * A menu names its row, but VS Code hands over nothing in its place where the tree is just fetching rows anew. A key or the
 * palette hands no argument over at all.
 */
function withVanishedRow(commandArguments: readonly unknown[]): readonly unknown[] {
  const [row, ...others] = commandArguments;
  return commandArguments.length === 0 ? [] : [row ?? VANISHED_ROW, ...others];
}
