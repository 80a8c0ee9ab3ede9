import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { defaultKubeconfigs, kubectlHome } from '../../base/kubectlHome.ts';
import { pickFrom } from '../prompts/quickPick.ts';
import { addKubeconfigFile } from '../settings.ts';
import { type Command, defineCommand, onRow, onTitle } from './command.ts';
import { clusterNode } from './commandArguments.ts';
import type { CommandServices } from './commandServices.ts';

/** Commands that open or add kubeconfig files. */
export const KUBECONFIG_COMMANDS: readonly Command[] = [
  defineCommand({
    id: 'kubePortForward.chooseKubeconfig',
    title: 'Choose Kubeconfig...',
    icon: 'folder-opened',
    menus: [onTitle('clusters', '1_add@1')],
    ignoresRow: true,
    run: chooseKubeconfig,
  }),
  defineCommand({
    id: 'kubePortForward.openKubeconfig',
    title: 'Open Kubeconfig',
    icon: 'go-to-file',
    when: false,
    menus: [
      onRow('clusters', ['context'], '6_open'),
      onRow('clusters', ['error', 'kubeconfig'], 'inline@2', '1_error@2'),
    ],
    run: openKubeconfig,
  }),
];

/**
 * Choose Kubeconfig...: adds files that the user selects to the setting `kubeconfigFiles`. The window watches this
 * setting, so the Clusters view then shows the contexts of the files.
 */
async function chooseKubeconfig(): Promise<void> {
  const folder = join(kubectlHome(process.env), '.kube');
  const files = await vscode.window.showOpenDialog({
    title: vscode.l10n.t('Choose Kubeconfig'),
    openLabel: vscode.l10n.t('Add'),
    // If the folder does not exist, the dialog opens in the home folder. With the path of a missing folder, the dialog
    // would use the last part of the path as a file name.
    defaultUri: vscode.Uri.file(existsSync(folder) ? folder : homedir()),
    canSelectMany: true,
  });
  for (const file of files ?? []) await addKubeconfigFile(file.fsPath);
}

/** Open Kubeconfig: opens the kubeconfig of a row. If the row is an error with a line number, shows this line. */
async function openKubeconfig(services: CommandServices, argument: unknown): Promise<void> {
  const node = clusterNode(services, argument, ['context', 'error']);
  const path = await kubeconfigPath(node?.type === 'context' ? node.row.kubeconfig : node?.kubeconfig);
  if (path === undefined) return;
  const line = node?.type === 'error' ? Number(node.error.arguments['line']) : Number.NaN;
  const position = new vscode.Position(line > 0 ? line - 1 : 0, 0);
  await vscode.window.showTextDocument(vscode.Uri.file(path), {
    selection: new vscode.Range(position, position),
  });
}

/**
 * Returns the path of the file to open. An empty `path` means the default kubeconfig. If the default kubeconfig
 * consists of several files, asks the user to choose a file. Undefined if `path` is undefined or the user cancels.
 */
async function kubeconfigPath(path: string | undefined): Promise<string | undefined> {
  if (path !== '') return path;
  const files = defaultKubeconfigs(process.env);
  if (files.length === 1) return files[0];
  return await pickFrom(
    vscode.l10n.t('Open Kubeconfig'),
    vscode.l10n.t('Choose a file'),
    files.map((file) => ({ label: file, value: file })),
  );
}
