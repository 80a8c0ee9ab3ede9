import * as vscode from 'vscode';
import type { ContextRow } from '../../rpc/clustersContract.ts';
import { notificationText } from '../present/untrusted.ts';

/**
 * Asks the user whether the host may use what a kubeconfig of the workspace names to sign in to a cluster: a token
 * file, whose content the server gets, or a plugin. The user can open the kubeconfig first and read the arguments of
 * the plugin, because the arguments decide what a program such as a shell does. The question does not contain the
 * arguments, because the arguments may contain secrets. Resolves with false if the user declines, or closes the
 * question without an answer.
 */
export async function askForPlugin(row: ContextRow): Promise<boolean> {
  const { l10n } = vscode;
  const { kubeconfig, files = [kubeconfig] } = row;
  const { text, allow } = question(row);
  const open = l10n.t('Open Kubeconfig');
  const message = notificationText(text);
  for (;;) {
    const answer = await vscode.window.showWarningMessage(message, allow, open, l10n.t('Not Now'));
    if (answer !== open) return answer === allow;
    const opened = files.map((file) =>
      vscode.commands.executeCommand('vscode.open', vscode.Uri.file(file), { preview: false }),
    );
    // If a file cannot be opened, VS Code shows the error, and the question is asked again.
    await Promise.allSettled(opened);
  }
}

/** Returns the text of the question, and the button that gives the permission. */
function question({ context, server, plugin = '', tokenFile: file }: ContextRow): {
  readonly text: string;
  readonly allow: string;
} {
  const { l10n } = vscode;
  if (file === undefined) {
    const text = l10n.t(
      'A kubeconfig in this workspace runs the program {plugin}, with arguments that the kubeconfig names, to sign in to {server} (context {context}). Do you trust this program and its arguments?',
      { plugin, server, context },
    );
    return { text, allow: l10n.t('Run Program') };
  }
  const text = l10n.t(
    'A kubeconfig in this workspace sends the content of the file {file} to {server} to sign in (context {context}). Do you trust this server with the content of the file?',
    { file, server, context },
  );
  return { text, allow: l10n.t('Send File') };
}
