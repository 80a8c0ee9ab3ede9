import * as vscode from 'vscode';
import { labelText } from '../present/untrusted.ts';
import { pick } from '../prompts/quickPick.ts';
import { defaultKubeconfigFiles } from '../settings.ts';
import { clusterNode } from './commandArguments.ts';
import type { CommandServices } from './commandServices.ts';

/** Opens the kubeconfig of a row, at the invalid line if there is one. */
export async function openKubeconfig(services: CommandServices, argument: unknown): Promise<void> {
  const node = clusterNode(services, argument, ['context', 'error']);
  const path = await kubeconfigPath(node?.type === 'context' ? node.row.kubeconfig : node?.kubeconfig);
  if (path === undefined) return;
  const line = node?.type === 'error' ? Number(node.error.arguments['line']) : Number.NaN;
  const position = new vscode.Position(line > 0 ? line - 1 : 0, 0);
  await vscode.window.showTextDocument(vscode.Uri.file(path), {
    selection: new vscode.Range(position, position),
  });
}

/** The default kubeconfig may consist of several files. */
async function kubeconfigPath(path: string | undefined): Promise<string | undefined> {
  if (path !== '') return path;
  const files = defaultKubeconfigFiles();
  if (files.length === 1) return files[0];
  const answer = await pick<string>({
    title: vscode.l10n.t('Open Kubeconfig'),
    placeholder: vscode.l10n.t('Choose a file'),
    load: (show) => {
      show(
        files.map((file) => ({ label: labelText(file), value: file })),
        false,
      );
      return undefined;
    },
  });
  return answer.type === 'picked' ? answer.value : undefined;
}
