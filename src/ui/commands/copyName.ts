import * as vscode from 'vscode';
import { clusterNode } from './commandArguments.ts';
import type { CommandServices } from './commandServices.ts';

/** Copies the name of the object. */
export async function copyName(services: CommandServices, argument: unknown): Promise<void> {
  const node = clusterNode(services, argument, ['context', 'namespace', 'target']);
  if (node === undefined) return;
  await vscode.env.clipboard.writeText(node.type === 'context' ? node.row.context : node.row.name);
}
