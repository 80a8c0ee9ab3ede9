import * as vscode from 'vscode';
import { systemClock } from '../../base/async.ts';
import { type Disposable, DisposableStore } from '../../base/disposable.ts';
import { VIEWS } from '../../contributions.ts';
import { KeyRows } from '../keyRows.ts';
import { countForwards, tallyText } from '../present/forwardCounts.ts';
import { forwardChildren, presentDetail, presentForward } from '../present/forwardRows.ts';
import type { RowPresentation } from '../present/row.ts';
import type { SavedProblem } from '../saved/savedForward.ts';
import { placeText, type SavedForwards } from '../saved/savedForwards.ts';
import {
  type ArrangedRow,
  arrangeRows,
  entryFlags,
  presentHeldBack,
  presentProblem,
  presentSaved,
  presentSavedGroup,
} from '../saved/savedRows.ts';
import { resolveTooltip, toTreeItem } from '../treeItem.ts';
import type { ForwardsModel } from './forwardsModel.ts';

/** A row that stays the same object while its content changes: VS Code tracks expansion and selection by object. */
interface RowNode {
  readonly type: 'row';
  readonly id: string;
  /** Name of the group, for the commands of its menu. */
  readonly group?: string;
  row: ArrangedRow;
  children: readonly RowNode[];
}

interface DetailNode {
  readonly type: 'detail';
  readonly id: string;
  readonly title: string;
  readonly value: string;
}

type Node = RowNode | DetailNode;

/** The Forwards view. */
export class ForwardsTree implements vscode.TreeDataProvider<Node>, Disposable {
  readonly #model: ForwardsModel;
  readonly #saved: SavedForwards;
  readonly #owned = new DisposableStore();
  readonly #changed = this.#owned.add(new vscode.EventEmitter<Node[] | undefined>());
  #roots: readonly RowNode[] = [];
  #nodes: ReadonlyMap<string, RowNode> = new Map();

  readonly onDidChangeTreeData = this.#changed.event;
  readonly view: vscode.TreeView<Node>;
  readonly #keyRows: KeyRows<Node>;

  constructor(model: ForwardsModel, saved: SavedForwards) {
    this.#model = model;
    this.#saved = saved;
    this.view = this.#owned.add(
      vscode.window.createTreeView<Node>(VIEWS.forwards, { treeDataProvider: this, canSelectMany: true }),
    );
    this.#keyRows = this.#owned.add(new KeyRows(this.view, systemClock));
    this.#owned.add(model.onDidChange(() => this.#update()));
    this.#owned.add(saved.onDidChange(() => this.#update()));
    this.#update();
  }

  /** The row on which a key was pressed; undefined if none. */
  takeFocusedRow(): ArrangedRow | undefined {
    const node = this.#keyRows.takeFocused();
    return node?.type === 'row' ? node.row : undefined;
  }

  /** The row on which a key was pressed, and the rows selected with it. */
  takeKeyRows(): readonly ArrangedRow[] {
    return this.#keyRows.take().flatMap((node) => (node.type === 'row' ? [node.row] : []));
  }

  /** The problem of the settings entry behind a row. */
  problem(id: string): SavedProblem | undefined {
    const row = this.#nodes.get(id)?.row;
    return row?.type === 'savedProblem' ? row.problem : undefined;
  }

  async getChildren(node?: Node): Promise<Node[]> {
    if (node === undefined) {
      await this.#model.whenLoaded;
      return [...this.#roots];
    }
    if (node.type === 'detail') return [];
    if (node.row.type !== 'forward') return [...node.children];
    return forwardChildren(vscode.l10n, node.row.forward)
      .filter((detail): detail is [string, string] => detail[1] !== undefined && detail[1] !== '')
      .map(([title, value]) => ({ type: 'detail', id: `${node.id} ${title}`, title, value }));
  }

  getTreeItem(node: Node): vscode.TreeItem {
    return toTreeItem(node.id, present(node), collapsibleState(node));
  }

  resolveTreeItem(item: vscode.TreeItem, node: Node): vscode.TreeItem {
    return resolveTooltip(item, present(node));
  }

  dispose(): void {
    this.#owned.dispose();
  }

  /** The activity bar badge shows the same counts as the status bar. */
  #showCounts(): void {
    const tally = countForwards(this.#model.forwards);
    const { ready: value } = tally;
    this.view.badge = value === 0 ? undefined : { value, tooltip: tallyText(vscode.l10n, tally) };
  }

  #update(): void {
    const known = this.#nodes;
    const nodes = new Map<string, RowNode>();
    const changed: RowNode[] = [];
    const toNode = (row: ArrangedRow): RowNode => {
      const children = row.type === 'savedGroup' ? row.rows.map(toNode) : [];
      const group = row.type === 'savedGroup' ? { group: row.group } : {};
      const node = known.get(row.id) ?? { type: 'row', id: row.id, ...group, row, children };
      if (JSON.stringify(node.row) !== JSON.stringify(row)) changed.push(node);
      node.row = row;
      node.children = children;
      nodes.set(row.id, node);
      return node;
    };
    const roots = arrangeRows(this.#model.forwards, this.#saved).map(toNode);
    const isSameList = [...nodes.keys()].join('\n') === [...known.keys()].join('\n');
    this.#roots = roots;
    this.#nodes = nodes;
    if (!isSameList) this.#changed.fire(undefined);
    else if (changed.length > 0) this.#changed.fire(changed);
    this.#showCounts();
  }
}

function present(node: Node): RowPresentation {
  if (node.type === 'detail') return presentDetail(node.title, node.value);
  const { row } = node;
  switch (row.type) {
    case 'forward': {
      const shown = presentForward(vscode.l10n, row.forward, row.place);
      return row.saved === undefined
        ? shown
        : { ...shown, flags: [...shown.flags, ...entryFlags(row.saved)] };
    }
    case 'saved':
      return presentSaved(vscode.l10n, row.saved, placeText);
    case 'heldBack':
      return presentHeldBack(vscode.l10n);
    case 'savedProblem':
      return presentProblem(vscode.l10n, row.problem);
    case 'savedGroup':
      return presentSavedGroup(vscode.l10n, row.group, row.rows);
  }
}

function collapsibleState(node: Node): vscode.TreeItemCollapsibleState {
  if (node.type === 'row' && node.row.type === 'forward') return vscode.TreeItemCollapsibleState.Collapsed;
  return node.type === 'row' && node.row.type === 'savedGroup'
    ? vscode.TreeItemCollapsibleState.Expanded
    : vscode.TreeItemCollapsibleState.None;
}
