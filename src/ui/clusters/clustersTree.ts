import * as vscode from 'vscode';
import { COMMANDS, VIEWS } from '../../contributions.ts';
import type { ForwardSnapshot } from '../../rpc/forwardsContract.ts';
import type { GatewaySnapshot } from '../../rpc/gatewayContract.ts';
import type { ForwardsModel } from '../forwards/forwardsModel.ts';
import type { GatewaysModel } from '../gateways/gatewaysModel.ts';
import type { RowPresentation } from '../present/row.ts';
import { RowTree } from '../rowTree.ts';
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
export class ClustersTree extends RowTree<ClusterNode> {
  readonly #model: ClustersModel;
  readonly #marks: Marks<ForwardSnapshot, readonly ForwardMark[]>;
  readonly #names: Marks<GatewaySnapshot, NameMark>;

  constructor(model: ClustersModel, forwards: ForwardsModel, gateways: GatewaysModel) {
    super(VIEWS.clusters, { showCollapseAll: true });
    this.#model = model;
    this.#marks = new Marks(forwardMarks, forwards.all);
    this.#names = new Marks(nameMarks, gateways.all);
    this.own(forwards.onDidChange(() => model.touch(this.#marks.update(forwards.all))));
    this.own(gateways.onDidChange(() => model.touch(this.#names.update(gateways.all))));
    this.own(model.onDidChange((nodes) => this.rowChanges.fire(nodes)));
    this.own(this.view.onDidExpandElement(({ element }) => model.setExpanded(element, true)));
    this.own(this.view.onDidCollapseElement(({ element }) => model.setExpanded(element, false)));
    this.own(this.view.onDidChangeVisibility(({ visible }) => model.setVisible(visible)));
    model.setVisible(this.view.visible);
  }

  /**
   * Returns the ids of the forwards of a target or a port.
   * @param nodeId the id of the node of the target or port
   */
  forwardsOf(nodeId: string): readonly string[] {
    const node = this.#model.find(nodeId);
    if (node?.type !== 'target' && node?.type !== 'port') return [];
    return this.#marksOf(node).map(({ forwardId }) => forwardId);
  }

  /**
   * Returns the id of the gateway that serves a namespace. Undefined if there is none.
   * @param nodeId the id of the node of the namespace
   */
  gatewayOf(nodeId: string): string | undefined {
    const node = this.#model.find(nodeId);
    return node?.type === 'namespace' ? this.#names.of(nodeId)?.gatewayId : undefined;
  }

  /**
   * Returns the rows to which a key press applies: all selected rows if the focused row is selected, otherwise only the
   * focused row. Empty if no key was just pressed, or if an earlier call has already returned the rows of this key
   * press.
   */
  takeKeyRows(): readonly ClusterNode[] {
    return this.takeKeys();
  }

  async getChildren(node?: ClusterNode): Promise<ClusterNode[]> {
    return [...(await this.#model.children(node))];
  }

  getParent(node: ClusterNode): ClusterNode | undefined {
    return parentOf(node);
  }

  override async getTreeItem(node: ClusterNode): Promise<vscode.TreeItem> {
    const item = await super.getTreeItem(node);
    const command = commandOf(node);
    if (command !== undefined) item.command = { command, title: '', arguments: [node] };
    return item;
  }

  protected collapsibleState(node: ClusterNode): vscode.TreeItemCollapsibleState {
    switch (node.type) {
      case 'context':
      case 'namespace':
        return vscode.TreeItemCollapsibleState.Collapsed;
      case 'group':
        // Shows the group of pods expanded at first, because most users look for pods.
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

  /**
   * Returns the forwards to show in the row of a target or a port. For a port that has a name, returns the forwards to
   * its number and the forwards to its name, because the specification of a forward contains either the number or the
   * name.
   */
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

  /**
   * Creates the row of a node. Loads the code for rows only when the first row is shown, so that activation is fast.
   */
  protected async present(node: ClusterNode): Promise<RowPresentation> {
    const { presentNode } = await import('../onFirstUse.ts');
    return presentNode(vscode.l10n, node, {
      forwardedTo: node.type === 'target' || node.type === 'port' ? this.#marksOf(node) : [],
      byName: this.#names.of(node.id),
      filter: node.type === 'namespace' ? this.#model.filter(node) : '',
    });
  }
}

/**
 * Returns the command that a click on the row runs. Undefined for most rows. A click never starts a forward, because an
 * accidental click must not open a local port.
 */
function commandOf(node: ClusterNode): string | undefined {
  if (node.type === 'showMore') return COMMANDS.showMore;
  return node.type === 'message' && node.message.type === 'showNamespace'
    ? COMMANDS.showNamespace
    : undefined;
}
