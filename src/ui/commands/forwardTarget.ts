import * as vscode from 'vscode';
import type { PortRow } from '../../rpc/contract.ts';
import {
  type ClusterNode,
  type PortNode,
  type TargetNode,
  targetReference,
} from '../clusters/clusterNodes.ts';
import { isKey } from '../keyRows.ts';
import { notify } from '../notify.ts';
import { portProblem, targetProblem } from '../present/forwardable.ts';
import { targetText } from '../present/forwardText.ts';
import { clusterNode } from './commandArguments.ts';
import type { CommandServices } from './commandServices.ts';
import { forwardPort } from './forwardPort.ts';

/** A target that was pointed at, with all ports that it declares, or the one that was pointed at. */
export interface ChosenTarget {
  readonly node: TargetNode;
  readonly ports: readonly PortRow[];
  readonly isOnePort: boolean;
}

/** Forward Port... on pods, services, workloads and their ports in the tree. */
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

/** The target or port whose menu was opened, or all that are selected if it is one of them. */
export function chosenTargets(
  services: CommandServices,
  argument: unknown,
  selected: unknown,
): readonly ChosenTarget[] {
  const several: readonly unknown[] = Array.isArray(selected) && selected.length > 1 ? selected : [argument];
  return several
    .map((row) => clusterNode(services, row, ['target', 'port']))
    .filter((node) => node !== undefined)
    .map(toChosen);
}

/** The targets that can be forwarded. For each other target a message says why not. */
export function forwardableOf(targets: readonly ChosenTarget[]): readonly ChosenTarget[] {
  const { l10n } = vscode;
  return targets.filter(({ node, ports: [first], isOnePort }) => {
    const ofPort = isOnePort && first !== undefined ? portProblem(l10n, first) : undefined;
    const reason = targetProblem(l10n, node.row) ?? ofPort;
    if (reason === undefined) return true;
    const target = targetText(targetReference(node));
    const text = l10n.t('{target} cannot be forwarded: {reason}.', { target, reason });
    notify('warning', text);
    return false;
  });
}

/** Enter forwards targets and ports. On other rows it does what Enter does in any list. */
async function forwardKeyRows(services: CommandServices): Promise<void> {
  const targets = services.clustersTree.takeKeyRows().filter(isChoosable).map(toChosen);
  if (targets.length > 0) await forwardEach(services, targets);
  else await vscode.commands.executeCommand('list.select');
}

/** Asks for one target after the other if targets have several ports. Escape ends all questions. */
async function forwardEach({ starter }: CommandServices, targets: readonly ChosenTarget[]): Promise<void> {
  for (const { node, ports } of forwardableOf(targets)) {
    const answer = await starter.forward(targetReference(node), ports);
    if (answer.type !== 'picked') return;
  }
}

function isChoosable(node: ClusterNode): node is TargetNode | PortNode {
  return node.type === 'target' || node.type === 'port';
}

function toChosen(node: TargetNode | PortNode): ChosenTarget {
  return node.type === 'target'
    ? { node, ports: node.row.ports, isOnePort: false }
    : { node: node.parent, ports: [node.port], isOnePort: true };
}
