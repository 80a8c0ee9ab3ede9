import * as vscode from 'vscode';
import type { ContextRow } from '../../rpc/contract.ts';
import { notificationText } from '../present/untrusted.ts';

/**
 * Asks the user whether the host may run a plugin that a kubeconfig of the workspace names to sign in to a cluster. The
 * user can open the kubeconfig first and read the arguments of the plugin, because the arguments decide what a program
 * such as a shell does. The question does not contain the arguments, because the arguments may contain secrets.
 * Resolves with false if the user declines, or closes the question without an answer.
 */
export async function askForPlugin(row: ContextRow, plugin: string): Promise<boolean> {
  const { l10n } = vscode;
  const { context, server, kubeconfig, files = [kubeconfig] } = row;
  const text = l10n.t(
    'A kubeconfig in this workspace runs the program {plugin}, with arguments that the kubeconfig names, to sign in to {server} (context {context}). Do you trust this program and its arguments?',
    { plugin, server, context },
  );
  const run = l10n.t('Run Program');
  const open = l10n.t('Open Kubeconfig');
  const message = notificationText(text);
  for (;;) {
    const answer = await vscode.window.showWarningMessage(message, run, open, l10n.t('Not Now'));
    if (answer !== open) return answer === run;
    const opened = files.map((file) =>
      vscode.commands.executeCommand('vscode.open', vscode.Uri.file(file), { preview: false }),
    );
    // If a file cannot be opened, VS Code shows the error, and the question is asked again.
    await Promise.allSettled(opened);
  }
}
