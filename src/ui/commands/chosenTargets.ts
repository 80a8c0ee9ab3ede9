import * as vscode from 'vscode';
import type { DeclaredPort } from '../../rpc/contract.ts';
import {
  type ClusterNode,
  type PortNode,
  type TargetNode,
  targetReference,
} from '../clusters/clusterNodes.ts';
import { notify } from '../notify.ts';
import { portProblem, targetProblem } from '../present/forwardable.ts';
import { targetText } from '../present/forwardText.ts';
import { clusterRows } from './commandArguments.ts';
import type { CommandServices } from './commandServices.ts';

/** A target of a menu, with all ports that it declares or the chosen one. */
export interface ChosenTarget {
  readonly node: TargetNode;
  readonly ports: readonly DeclaredPort[];
  readonly isOnePort: boolean;
}

/** The target or port whose menu was opened, or all that are selected if it is one of them. */
export function chosenTargets(
  services: CommandServices,
  argument: unknown,
  selected: unknown,
): readonly ChosenTarget[] {
  return clusterRows(services, argument, selected, ['target', 'port']).map(toChosen);
}

/** Returns the targets that can be forwarded. Shows a message with the reason for each other target. */
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

export function isChoosable(node: ClusterNode): node is TargetNode | PortNode {
  return node.type === 'target' || node.type === 'port';
}

export function toChosen(node: TargetNode | PortNode): ChosenTarget {
  return node.type === 'target'
    ? { node, ports: node.row.ports, isOnePort: false }
    : { node: node.parent, ports: [node.port], isOnePort: true };
}
