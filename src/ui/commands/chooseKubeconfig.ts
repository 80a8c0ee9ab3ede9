import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { kubectlHome } from '../../base/kubectlHome.ts';
import { addKubeconfigFile } from '../settings.ts';

/** Adds files to the setting, which updates the tree. */
export async function chooseKubeconfig(): Promise<void> {
  const folder = join(kubectlHome(process.env), '.kube');
  const files = await vscode.window.showOpenDialog({
    title: vscode.l10n.t('Choose Kubeconfig'),
    openLabel: vscode.l10n.t('Add'),
    // The dialog would take a missing folder for a file name.
    defaultUri: vscode.Uri.file(existsSync(folder) ? folder : homedir()),
    canSelectMany: true,
  });
  for (const file of files ?? []) await addKubeconfigFile(file.fsPath);
}
