import { delimiter } from 'node:path';
import * as vscode from 'vscode';
import type { Disposable } from '../../base/disposable.ts';
import { TERMINAL_PROFILE } from '../../contributions.ts';
import type { NamespaceTerminalServices } from './namespaceTerminal.ts';

/**
 * The environment variable with the path of VS Code's own Node.js. The scripts in `bin` run the command with this
 * runtime, so that users need not install Node.js.
 */
const RUNTIME_VARIABLE = 'KUBE_PORT_FORWARD_RUNTIME';

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

/** Puts the command `kube-port-forward` on the PATH of integrated terminals. */
export function addTerminalCommand(context: vscode.ExtensionContext): void {
  const { environmentVariableCollection: environment } = context;
  const bin = vscode.Uri.joinPath(context.extensionUri, 'bin').fsPath;
  environment.description = new vscode.MarkdownString(
    vscode.l10n.t('Adds the command {command} to PATH', { command: '`kube-port-forward`' }),
  );
  environment.replace(RUNTIME_VARIABLE, process.execPath);
  environment.append('PATH', `${delimiter}${bin}`);
}
