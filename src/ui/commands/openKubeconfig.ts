import * as vscode from 'vscode';
import { clusterNode } from './commandArguments.ts';
import type { CommandServices } from './commandServices.ts';

/** Opens the kubeconfig that a row comes from, at the line where it is not valid. */
export async function openKubeconfig(services: CommandServices, argument: unknown): Promise<void> {
  const node = clusterNode(services, argument, ['context', 'error']);
  const path = node?.type === 'context' ? node.row.kubeconfig : node?.kubeconfig;
  if (path === undefined || path === '') return;
  const line = node?.type === 'error' ? Number(node.error.arguments['line']) : Number.NaN;
  const position = new vscode.Position(line > 0 ? line - 1 : 0, 0);
  await vscode.window.showTextDocument(vscode.Uri.file(path), {
    selection: new vscode.Range(position, position),
  });
}
