import * as vscode from 'vscode';
import type { Disposable } from '../../base/disposable.ts';
import { TERMINAL_PROFILE } from '../../contributions.ts';
import type { NamespaceTerminalServices } from './namespaceTerminal.ts';

/** Registers the terminal profile. The code of the profile loads when it is first used. */
export function registerTerminals(
  services: NamespaceTerminalServices,
  { extension }: Pick<vscode.ExtensionContext, 'extension'>,
): Disposable {
  return vscode.window.registerTerminalProfileProvider(TERMINAL_PROFILE, {
    provideTerminalProfile: async () => {
      const { namespaceTerminal } = await import('../later.ts');
      return namespaceTerminal(services, extension.extensionKind);
    },
  });
}
