import * as vscode from 'vscode';
import { COMMANDS } from '../../contributions.ts';
import type { DeclaredPort } from '../../kinds/ports.ts';
import { KINDS, TARGET_KINDS } from '../../kinds/targetKinds.ts';
import { type ContextRow, listPorts, type TargetReference } from '../../rpc/clustersContract.ts';
import {
  type ClusterNode,
  type PortNode,
  type TargetNode,
  targetReference,
} from '../clusters/clusterNodes.ts';
import { isKey } from '../keyRows.ts';
import { inform, notify } from '../notify.ts';
import { portProblem, targetProblem } from '../present/forwardable.ts';
import { targetText } from '../present/forwardText.ts';
import { runForwardPortFlow } from '../prompts/forwardPortFlow.ts';
import { pickContext } from '../prompts/pickTarget.ts';
import type { Answer } from '../prompts/quickPick.ts';
import { type Command, defineCommand, onRow, onTitle } from './command.ts';
import { clusterNode, clusterRows } from './commandArguments.ts';
import type { CommandServices } from './commandServices.ts';
import { contextsOfKubernetesTree, resolveKubernetesNode } from './kubernetesExtension.ts';

/**
 * Returns a `when` clause for the rows in the Kubernetes extension's tree whose objects can be forwarded. That
 * extension names a kind by its singular or by its short name: `deployment`, `rs`.
 */
function kubernetesRow(): string {
  const names = TARGET_KINDS.flatMap((kind) => [kind, ...KINDS[kind].shortNames]).join('|');
  return `view == extension.vsKubernetesExplorer && viewItem =~ /vsKubernetes\\.resource\\.(${names})\\b/i`;
}

/** Commands that start a forward. */
export const START_COMMANDS: readonly Command[] = [
  defineCommand({
    id: 'kubePortForward.forwardPort',
    title: 'Forward a Port...',
    icon: 'add',
    menus: [onTitle('forwards', 'navigation@1')],
    ignoresRow: true,
    run: forwardPort,
  }),
  defineCommand({
    id: 'kubePortForward.forwardTarget',
    title: 'Forward Port...',
    icon: 'plug',
    when: false,
    menus: [onRow('clusters', ['forwardable'], 'inline@1', '1_forward@1')],
    keys: [{ view: 'clusters', key: 'enter' }],
    run: forwardTarget,
  }),
  defineCommand({
    id: 'kubePortForward.forwardAllPorts',
    title: 'Forward All Ports',
    when: false,
    menus: [onRow('clusters', ['severalPorts'], '1_forward@2')],
    run: forwardAllPorts,
  }),
  defineCommand({
    id: 'kubePortForward.forwardOtherPort',
    title: 'Forward Other Port...',
    when: false,
    menus: [onRow('clusters', ['target', 'forwardable'], '1_forward@3')],
    run: forwardOtherPort,
  }),
  defineCommand({
    id: 'kubePortForward.forwardKubernetesResource',
    title: 'Forward Port without kubectl...',
    icon: 'plug',
    when: false,
    menus: [{ menu: 'view/item/context', when: kubernetesRow(), groups: ['2_portForward'] }],
    run: forwardKubernetesResource,
  }),
];

/** Forward a Port...: asks for context, namespace, target and port. */
async function forwardPort(services: CommandServices): Promise<void> {
  if (await hasContexts(services)) await runForwardPortFlow(services, services.starter, services.memory);
}

/** Whether there are contexts to choose from. If not, shows the error, or offers commands that add contexts. */
export async function hasContexts({ contexts, messages }: CommandServices): Promise<boolean> {
  const state = await contexts.load();
  if (state.type === 'failed') messages.showErrorInfo(state.error);
  else if (contexts.contexts.length === 0) {
    inform('information', vscode.l10n.t('No Kubernetes contexts found.'), [
      { title: vscode.l10n.t('Choose Kubeconfig...'), command: COMMANDS.chooseKubeconfig, arguments: [] },
      { title: vscode.l10n.t('Start Demo Cluster'), command: COMMANDS.startDemoCluster, arguments: [] },
    ]);
  }
  return contexts.contexts.length > 0;
}

/**
 * Forward Port...: forwards the pods, services, workloads or ports of the selected rows. Without rows, asks for
 * context, namespace, target and port, as Forward a Port... does.
 */
async function forwardTarget(services: CommandServices, argument: unknown, selected: unknown): Promise<void> {
  if (isKey(argument)) return forwardKeyRows(services);
  const targets = chosenTargets(services, argument, selected);
  if (targets.length === 0) return forwardPort(services);
  await forwardEach(services, targets);
}

/** Enter key: forwards the selected targets and ports. On other rows, Enter selects the row, as in any list. */
async function forwardKeyRows(services: CommandServices): Promise<void> {
  const rows = services.clustersTree.takeKeyRows();
  const targets = rows.filter(isChoosable).map(toChosen);
  if (targets.length > 0) await forwardEach(services, targets);
  // If `rows` is empty, VS Code is drawing all rows again, and it is unknown on which row Enter was pressed. In this
  // case, nothing is selected, because `list.select` could select another row.
  else if (rows.length > 0) await vscode.commands.executeCommand('list.select');
}

/**
 * Forwards one target after another, because each may ask the user for a port. If the user cancels, skips all remaining
 * targets.
 */
async function forwardEach({ starter }: CommandServices, targets: readonly ChosenTarget[]): Promise<void> {
  for (const { node, ports } of forwardableOf(targets)) {
    const answer = await starter.forward(targetReference(node), ports);
    if (answer.type !== 'picked') return;
  }
}

/** Forward All Ports: forwards all ports of one target, or of all selected targets. */
async function forwardAllPorts(
  services: CommandServices,
  argument: unknown,
  selected: unknown,
): Promise<void> {
  const targets = chosenTargets(services, argument, selected);
  if (targets.length === 0) return forwardPort(services);
  await services.starter.forwardAll(
    forwardableOf(targets).map(({ node, ports }) => ({ target: targetReference(node), ports })),
  );
}

/** Forward Other Port...: asks the user to type a port, which may also be a port that the target does not declare. */
async function forwardOtherPort(services: CommandServices, argument: unknown): Promise<void> {
  const node = clusterNode(services, argument, ['target']);
  if (node === undefined) return forwardPort(services);
  await services.starter.forwardTyped(targetReference(node), node.row.ports);
}

/**
 * Forward Port without kubectl...: forwards a pod, service or workload in the tree of the Kubernetes extension. Asks
 * for the context if several may be the context of that tree.
 */
async function forwardKubernetesResource(services: CommandServices, argument: unknown): Promise<void> {
  const named = await resolveKubernetesNode(argument);
  await services.contexts.load();
  const [first, ...others] = await contextsOfKubernetesTree(services.contexts.contexts);
  if (named === undefined || first === undefined) return forwardPort(services);
  const answer: Answer<ContextRow> =
    others.length === 0
      ? { type: 'picked', value: first }
      : await pickContext([first, ...others], undefined, vscode.l10n.t('Forward a Port'));
  if (answer.type !== 'picked') return;
  const context = answer.value;
  const target: TargetReference = {
    context: { kubeconfig: context.kubeconfig, context: context.context },
    namespace: named.namespace ?? context.namespace,
    kind: named.kind,
    name: named.name,
  };
  await services.starter.forward(target, await services.host.request(listPorts, target));
}

/**
 * A target to forward. `ports` contains all ports that the target declares, or if `isOnePort` is true, only the port
 * whose row the user chose.
 */
interface ChosenTarget {
  readonly node: TargetNode;
  readonly ports: readonly DeclaredPort[];
  readonly isOnePort: boolean;
}

/** Returns the targets and ports to which a command applies: all selected rows, or only the row of the menu. */
function chosenTargets(
  services: CommandServices,
  argument: unknown,
  selected: unknown,
): readonly ChosenTarget[] {
  return clusterRows(services, argument, selected, ['target', 'port']).map(toChosen);
}

/** Returns those of the targets that can be forwarded. For every other target, shows a message with the reason. */
function forwardableOf(targets: readonly ChosenTarget[]): readonly ChosenTarget[] {
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

function isChoosable(node: ClusterNode): node is TargetNode | PortNode {
  return node.type === 'target' || node.type === 'port';
}

function toChosen(node: TargetNode | PortNode): ChosenTarget {
  return node.type === 'target'
    ? { node, ports: node.row.ports, isOnePort: false }
    : { node: node.parent, ports: [node.port], isOnePort: true };
}
