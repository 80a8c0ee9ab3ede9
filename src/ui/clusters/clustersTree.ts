import * as vscode from 'vscode';
import { systemClock } from '../../base/async.ts';
import { type Disposable, DisposableStore } from '../../base/disposable.ts';
import { COMMANDS, VIEWS } from '../../contributions.ts';
import type { ForwardSnapshot } from '../../rpc/contract.ts';
import type { GatewaySnapshot } from '../../rpc/gatewayContract.ts';
import type { ForwardsModel } from '../forwards/forwardsModel.ts';
import type { GatewaysModel } from '../gateways/gatewaysModel.ts';
import { KeyRows } from '../keyRows.ts';
import type { RowPresentation } from '../present/row.ts';
import { RowChanges } from '../rowChanges.ts';
import { resolveTooltip, toTreeItem } from '../treeItem.ts';
import {
  type ClusterNode,
  type PortNode,
  parentOf,
  portKey,
  type TargetNode,
  targetReference,
} from './clusterNodes.ts';
import type { ClustersModel } from './clustersModel.ts';
import { type ForwardMark, forwardMarks, Marks, type NameMark, nameMarks } from './marks.ts';

/** The Clusters view. */
export class ClustersTree implements vscode.TreeDataProvider<ClusterNode>, Disposable {
  readonly #model: ClustersModel;
  readonly #marks: Marks<ForwardSnapshot, readonly ForwardMark[]>;
  readonly #names: Marks<GatewaySnapshot, NameMark>;
  readonly #owned = new DisposableStore();
  readonly #changed = this.#owned.add(new vscode.EventEmitter<ClusterNode[] | undefined>());

  readonly onDidChangeTreeData = this.#changed.event;
  readonly view: vscode.TreeView<ClusterNode>;
  readonly #keyRows: KeyRows<ClusterNode>;
  /** Whether no row above a row is collapsed. */
  readonly isShown: (node: ClusterNode) => boolean;

  constructor(model: ClustersModel, forwards: ForwardsModel, gateways: GatewaysModel) {
    this.#model = model;
    this.#marks = new Marks(forwardMarks, forwards.all);
    this.#names = new Marks(nameMarks, gateways.all);
    this.#owned.add(forwards.onDidChange(() => model.touch(this.#marks.update(forwards.all))));
    this.#owned.add(gateways.onDidChange(() => model.touch(this.#names.update(gateways.all))));
    this.view = this.#owned.add(
      vscode.window.createTreeView(VIEWS.clusters, {
        treeDataProvider: this,
        showCollapseAll: true,
        canSelectMany: true,
      }),
    );
    this.#keyRows = this.#owned.add(new KeyRows(this.view, systemClock));
    const rowChanges = this.#owned.add(new RowChanges(this.view, this.#changed, parentOf, systemClock));
    this.isShown = rowChanges.isShown;
    this.#owned.add(model.onDidChange((nodes) => rowChanges.fire(nodes)));
    this.#owned.add(this.view.onDidExpandElement(({ element }) => model.setExpanded(element, true)));
    this.#owned.add(this.view.onDidCollapseElement(({ element }) => model.setExpanded(element, false)));
    this.#owned.add(this.view.onDidChangeVisibility(({ visible }) => model.setVisible(visible)));
    model.setVisible(this.view.visible);
  }

  /** Ids of the forwards of a target or a port, by the id of its node. */
  forwardsOf(nodeId: string): readonly string[] {
    const node = this.#model.find(nodeId);
    if (node?.type !== 'target' && node?.type !== 'port') return [];
    return this.#marksOf(node).map(({ forwardId }) => forwardId);
  }

  /** The gateway in which a namespace is open by name, by the id of its node. */
  gatewayOf(nodeId: string): string | undefined {
    const node = this.#model.find(nodeId);
    return node?.type === 'namespace' ? this.#names.of(nodeId)?.gatewayId : undefined;
  }

  /** The row on which a key was pressed, and the rows selected with it. */
  takeKeyRows(): readonly ClusterNode[] {
    return this.#keyRows.take().filter(this.isShown);
  }

  async getChildren(node?: ClusterNode): Promise<ClusterNode[]> {
    return [...(await this.#model.children(node))];
  }

  getParent(node: ClusterNode): ClusterNode | undefined {
    return parentOf(node);
  }

  async getTreeItem(node: ClusterNode): Promise<vscode.TreeItem> {
    const item = toTreeItem(node.id, await this.#present(node), collapsibleState(node));
    const command = commandOf(node);
    if (command !== undefined) item.command = { command, title: '', arguments: [node] };
    return item;
  }

  async resolveTreeItem(item: vscode.TreeItem, node: ClusterNode): Promise<vscode.TreeItem> {
    return resolveTooltip(item, await this.#present(node));
  }

  dispose(): void {
    this.#owned.dispose();
  }

  /** A forward names its port by number or by name: a port's row stands for both. */
  #marksOf(node: TargetNode | PortNode): readonly ForwardMark[] {
    const marks = this.#marks.of(node.id) ?? [];
    if (node.type === 'target' || node.port.name === undefined) return marks;
    const named =
      this.#marks.of(portKey(targetReference(node.parent), node.port.name, node.port.protocol)) ?? [];
    return [
      ...marks,
      ...named.filter(({ forwardId }) => !marks.some((mark) => mark.forwardId === forwardId)),
    ];
  }

  /** The code for the rows is loaded with the first row. */
  async #present(node: ClusterNode): Promise<RowPresentation> {
    const { presentNode } = await import('../onFirstUse.ts');
    return presentNode(vscode.l10n, node, {
      forwardedTo: node.type === 'target' || node.type === 'port' ? this.#marksOf(node) : [],
      byName: this.#names.of(node.id),
      filter: node.type === 'namespace' ? this.#model.filter(node) : '',
    });
  }
}

function collapsibleState(node: ClusterNode): vscode.TreeItemCollapsibleState {
  switch (node.type) {
    case 'context':
    case 'namespace':
      return vscode.TreeItemCollapsibleState.Collapsed;
    case 'group':
      // Most people look for pods.
      return node.kind === 'pods'
        ? vscode.TreeItemCollapsibleState.Expanded
        : vscode.TreeItemCollapsibleState.Collapsed;
    case 'target':
      return node.row.ports.length === 0
        ? vscode.TreeItemCollapsibleState.None
        : vscode.TreeItemCollapsibleState.Collapsed;
    default:
      return vscode.TreeItemCollapsibleState.None;
  }
}

/** The command of a click on the row. It never forwards: a stray click must not open a port. */
function commandOf(node: ClusterNode): string | undefined {
  if (node.type === 'showMore') return COMMANDS.showMore;
  return node.type === 'message' && node.message.type === 'showNamespace'
    ? COMMANDS.showNamespace
    : undefined;
}
