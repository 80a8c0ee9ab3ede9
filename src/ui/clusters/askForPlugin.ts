import * as vscode from 'vscode';
import type { ContextRow } from '../../rpc/contract.ts';
import { notificationText } from '../present/untrusted.ts';

/**
 * Asks the user whether the host may run a plugin that a kubeconfig of the workspace names to sign in to a cluster. The
 * user can read the arguments in the kubeconfig first, because a shell does what its arguments say. The question does
 * not contain them, because they may contain secrets. Resolves with false if the user declines, or closes the question
 * without an answer.
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
    // Asks again even if a file cannot be opened: VS Code then says so.
    await Promise.allSettled(opened);
  }
}
