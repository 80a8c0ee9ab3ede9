import * as vscode from 'vscode';
import { type ClusterNode, type TargetNode, targetReference } from '../clusters/clusterNodes.ts';
import { isKey } from '../keyRows.ts';
import { clusterNode } from './commandArguments.ts';
import type { CommandServices } from './commandServices.ts';
import { forwardPort } from './forwardPort.ts';

/** Forward Port... on pods, services and workloads of the tree. */
export async function forwardTarget(
  services: CommandServices,
  argument: unknown,
  selected: unknown,
): Promise<void> {
  if (isKey(argument)) return forwardKeyRows(services);
  const targets = chosenTargets(services, argument, selected);
  if (targets.length === 0) return forwardPort(services);
  await forwardEach(services, targets);
}

/** The target whose menu was opened, or all selected targets if it is one of them. */
export function chosenTargets(
  services: CommandServices,
  argument: unknown,
  selected: unknown,
): readonly TargetNode[] {
  const several: readonly unknown[] = Array.isArray(selected) && selected.length > 1 ? selected : [argument];
  return several.map((row) => clusterNode(services, row, ['target'])).filter((node) => node !== undefined);
}

/** Enter forwards targets. On other rows it does what Enter does in any list. */
async function forwardKeyRows(services: CommandServices): Promise<void> {
  const targets = services.clustersTree.takeKeyRows().filter(isTarget);
  if (targets.length > 0) await forwardEach(services, targets);
  else await vscode.commands.executeCommand('list.select');
}

/** Asks for one target after the other if targets have several ports. Escape ends all questions. */
async function forwardEach({ starter }: CommandServices, targets: readonly TargetNode[]): Promise<void> {
  for (const node of targets) {
    const answer = await starter.forward(targetReference(node), node.row.ports);
    if (answer.type !== 'picked') return;
  }
}

function isTarget(node: ClusterNode): node is TargetNode {
  return node.type === 'target';
}
