import * as vscode from 'vscode';
import type { ContextRow } from '../../rpc/contract.ts';
import { notificationText } from '../present/untrusted.ts';

/**
 * Asks the user whether the host may run a plugin that a kubeconfig of the workspace names to sign in to a cluster.
 * Resolves with false if the user declines, or closes the question without an answer.
 */
export async function askForPlugin({ context, server }: ContextRow, plugin: string): Promise<boolean> {
  const { l10n } = vscode;
  const text = l10n.t(
    'A kubeconfig in this workspace runs the program {plugin} to sign in to {server} (context {context}). Do you trust this program?',
    { plugin, server, context },
  );
  const run = l10n.t('Run Program');
  return (await vscode.window.showWarningMessage(notificationText(text), run, l10n.t('Not Now'))) === run;
}
