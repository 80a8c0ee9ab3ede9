import * as vscode from 'vscode';
import { targetReference } from '../clusters/clusterNodes.ts';
import { isKey } from '../keyRows.ts';
import { clusterNode } from './commandArguments.ts';
import type { CommandServices } from './commandServices.ts';
import { forwardPort } from './forwardPort.ts';

/** Forward Port... on a pod, service or workload of the tree. */
export async function forwardTarget(services: CommandServices, argument: unknown): Promise<void> {
  if (isKey(argument)) return forwardKeyRow(services);
  const node = clusterNode(services, argument, ['target']);
  if (node === undefined) return forwardPort(services);
  await services.starter.forward(targetReference(node), node.row.ports);
}

/** Enter forwards a target; on other rows it does what Enter does in every list. */
async function forwardKeyRow({ clustersTree, starter }: CommandServices): Promise<void> {
  const node = clustersTree.takeFocused();
  if (node?.type === 'target') await starter.forward(targetReference(node), node.row.ports);
  else await vscode.commands.executeCommand('list.select');
}
