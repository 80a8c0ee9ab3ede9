import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../base/disposable.ts';
import { VIEWS } from '../../contributions.ts';
import type { ForwardSnapshot } from '../../rpc/contract.ts';
import { forwardDetails, presentDetail, presentForward } from '../present/forwardRows.ts';
import type { RowPresentation } from '../present/row.ts';
import { resolveTooltip, toTreeItem } from '../treeItem.ts';
import type { ForwardsModel } from './forwardsModel.ts';

export interface ForwardNode {
  readonly type: 'forward';
  readonly id: string;
  forward: ForwardSnapshot;
}

interface DetailNode {
  readonly type: 'detail';
  readonly id: string;
  readonly title: string;
  readonly value: string;
}

type Node = ForwardNode | DetailNode;

/** The view "Forwards". */
export class ForwardsTree implements vscode.TreeDataProvider<Node>, Disposable {
  readonly #model: ForwardsModel;
  readonly #owned = new DisposableStore();
  readonly #changed = this.#owned.add(new vscode.EventEmitter<Node[] | undefined>());
  #nodes: readonly ForwardNode[] = [];

  readonly onDidChangeTreeData = this.#changed.event;
  readonly view: vscode.TreeView<Node>;

  constructor(model: ForwardsModel) {
    this.#model = model;
    this.view = this.#owned.add(
      vscode.window.createTreeView<Node>(VIEWS.forwards, { treeDataProvider: this, canSelectMany: true }),
    );
    this.#owned.add(model.onDidChange(() => this.#update()));
    this.#update();
  }

  /** Ids of the forwards that are selected in the view. */
  get selection(): readonly string[] {
    return this.view.selection.filter((node) => node.type === 'forward').map((node) => node.id);
  }

  getChildren(node?: Node): Node[] {
    if (node === undefined) return [...this.#nodes];
    if (node.type === 'detail') return [];
    return forwardDetails(vscode.l10n, node.forward)
      .filter((detail): detail is [string, string] => detail[1] !== undefined && detail[1] !== '')
      .map(([title, value]) => ({ type: 'detail', id: `${node.id} ${title}`, title, value }));
  }

  getTreeItem(node: Node): vscode.TreeItem {
    return toTreeItem(
      node.id,
      present(node),
      node.type === 'forward'
        ? vscode.TreeItemCollapsibleState.Collapsed
        : vscode.TreeItemCollapsibleState.None,
    );
  }

  resolveTreeItem(item: vscode.TreeItem, node: Node): vscode.TreeItem {
    return resolveTooltip(item, present(node));
  }

  dispose(): void {
    this.#owned.dispose();
  }

  /** Rows that stay keep their objects: VS Code knows by them what is expanded and selected. */
  #update(): void {
    const known = new Map(this.#nodes.map((node) => [node.id, node]));
    const changed: ForwardNode[] = [];
    const nodes = this.#model.forwards.map((forward): ForwardNode => {
      const node = known.get(forward.id);
      if (node === undefined) return { type: 'forward', id: forward.id, forward };
      if (JSON.stringify(node.forward) !== JSON.stringify(forward)) changed.push(node);
      node.forward = forward;
      return node;
    });
    const isSameList =
      nodes.length === this.#nodes.length && nodes.every((node, index) => node === this.#nodes[index]);
    this.#nodes = nodes;
    if (!isSameList) this.#changed.fire(undefined);
    else if (changed.length > 0) this.#changed.fire(changed);
    this.view.badge = badge(this.#model.forwards);
  }
}

function present(node: Node): RowPresentation {
  return node.type === 'forward'
    ? presentForward(vscode.l10n, node.forward)
    : presentDetail(node.title, node.value);
}

/** As on VS Code's own Ports view: how many there are. */
function badge(forwards: readonly ForwardSnapshot[]): vscode.ViewBadge | undefined {
  const value = forwards.filter((forward) => forward.state.type !== 'failed').length;
  if (value === 0) return undefined;
  const tooltip =
    value === 1
      ? vscode.l10n.t('1 port forwarded')
      : vscode.l10n.t('{count} ports forwarded', { count: value });
  return { value, tooltip };
}
