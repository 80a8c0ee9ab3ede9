import * as vscode from 'vscode';
import { systemClock } from '../../base/async.ts';
import { defined } from '../../base/defined.ts';
import { type Disposable, DisposableStore } from '../../base/disposable.ts';
import { COMMANDS, VIEWS } from '../../contributions.ts';
import type { ForwardsModel } from '../forwards/forwardsModel.ts';
import type { GatewaysModel } from '../gateways/gatewaysModel.ts';
import { KeyRows } from '../keyRows.ts';
import {
  presentContext,
  presentError,
  presentGroup,
  presentMessage,
  presentNamespace,
  presentPod,
  presentPort,
  presentService,
  presentShowMore,
  presentWorkload,
} from '../present/clusterRows.ts';
import { emptyText } from '../present/emptyText.ts';
import type { RowPresentation } from '../present/row.ts';
import { resolveTooltip, toTreeItem } from '../treeItem.ts';
import {
  type ClusterNode,
  isOwnNamespace,
  type PortNode,
  parentOf,
  portKey,
  type TargetNode,
  targetReference,
} from './clusterNodes.ts';
import type { ClustersModel } from './clustersModel.ts';
import { ForwardMarks, type Mark } from './forwardMarks.ts';
import { NameMarks } from './nameMarks.ts';

/** The Clusters view. */
export class ClustersTree implements vscode.TreeDataProvider<ClusterNode>, Disposable {
  readonly #model: ClustersModel;
  readonly #marks: ForwardMarks;
  readonly #names: NameMarks;
  readonly #owned = new DisposableStore();
  readonly #changed = this.#owned.add(new vscode.EventEmitter<ClusterNode[] | undefined>());

  readonly onDidChangeTreeData = this.#changed.event;
  readonly view: vscode.TreeView<ClusterNode>;
  readonly #keyRows: KeyRows<ClusterNode>;

  constructor(model: ClustersModel, forwards: ForwardsModel, gateways: GatewaysModel) {
    this.#model = model;
    this.#marks = new ForwardMarks(forwards.forwards);
    this.#names = new NameMarks(gateways.gateways);
    this.#owned.add(
      model.onDidChange((nodes) => this.#changed.fire(nodes === undefined ? undefined : [...nodes])),
    );
    this.#owned.add(forwards.onDidChange(() => model.touch(this.#marks.update(forwards.forwards))));
    this.#owned.add(gateways.onDidChange(() => model.touch(this.#names.update(gateways.gateways))));
    this.view = this.#owned.add(
      vscode.window.createTreeView(VIEWS.clusters, {
        treeDataProvider: this,
        showCollapseAll: true,
        canSelectMany: true,
      }),
    );
    this.#keyRows = this.#owned.add(new KeyRows(this.view, systemClock));
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
    return this.#keyRows.take();
  }

  async getChildren(node?: ClusterNode): Promise<ClusterNode[]> {
    return [...(await this.#model.children(node))];
  }

  getParent(node: ClusterNode): ClusterNode | undefined {
    return parentOf(node);
  }

  getTreeItem(node: ClusterNode): vscode.TreeItem {
    const item = toTreeItem(node.id, this.#present(node), collapsibleState(node));
    const command = commandOf(node);
    if (command !== undefined) item.command = { command, title: '', arguments: [node] };
    return item;
  }

  resolveTreeItem(item: vscode.TreeItem, node: ClusterNode): vscode.TreeItem {
    return resolveTooltip(item, this.#present(node));
  }

  dispose(): void {
    this.#owned.dispose();
  }

  /** A forward names its port by number or by name: a port's row stands for both. */
  #marksOf(node: TargetNode | PortNode): readonly Mark[] {
    const marks = this.#marks.of(node.id);
    if (node.type === 'target' || node.port.name === undefined) return marks;
    const named = this.#marks.of(portKey(targetReference(node.parent), node.port.name, node.port.protocol));
    return [
      ...marks,
      ...named.filter(({ forwardId }) => !marks.some((mark) => mark.forwardId === forwardId)),
    ];
  }

  #present(node: ClusterNode): RowPresentation {
    const { l10n } = vscode;
    switch (node.type) {
      case 'context':
        return presentContext(l10n, node.row, node.isAmbiguous);
      case 'namespace':
        return presentNamespace(l10n, node.row, {
          filter: this.#model.filter(node),
          isTyped: node.isTyped,
          isOwn: isOwnNamespace(node),
          ...defined({ byName: this.#names.of(node.id) }),
        });
      case 'group':
        return presentGroup(l10n, node.kind);
      case 'target': {
        const marks = {
          forwardedTo: this.#marksOf(node),
          now: Date.now(),
          ...defined({ url: this.#names.of(node.id)?.address }),
        };
        if (node.row.type === 'pod') return presentPod(l10n, node.row, marks);
        if (node.row.type === 'service') return presentService(l10n, node.row, marks);
        return presentWorkload(l10n, node.row, marks);
      }
      case 'port':
        return presentPort(l10n, node.port, node.parent.row, this.#marksOf(node));
      case 'showMore':
        return presentShowMore(l10n, node);
      case 'error':
        return presentError(l10n, node.error, node.kubeconfig);
      case 'message':
        return presentMessage(emptyText(l10n, node.message), node.message.type === 'showNamespace');
    }
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
