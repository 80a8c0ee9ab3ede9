import * as vscode from 'vscode';
import { systemClock } from '../../base/async.ts';
import { type Disposable, DisposableStore } from '../../base/disposable.ts';
import { VIEWS } from '../../contributions.ts';
import type { GatewaysModel } from '../gateways/gatewaysModel.ts';
import { KeyRows } from '../keyRows.ts';
import { countForwards, tallyText } from '../present/forwardCounts.ts';
import { forwardChildren, presentDetail, presentForward } from '../present/forwardRows.ts';
import type { RowPresentation } from '../present/row.ts';
import { toRunning } from '../present/running.ts';
import { RowChanges } from '../rowChanges.ts';
import { type ArrangedRow, arrangeRows, type NamesRow } from '../saved/arrangeRows.ts';
import type { SavedForward, SavedProblem } from '../saved/savedForward.ts';
import { placeText, type SavedForwards } from '../saved/savedForwards.ts';
import { entryFlags, presentHeldBack, presentSaved, presentSavedGroup } from '../saved/savedRows.ts';
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

export interface ForwardsTreeOptions {
  readonly forwards: ForwardsModel;
  readonly gateways: GatewaysModel;
  readonly saved: SavedForwards;
}

/** The Forwards view. */
export class ForwardsTree implements vscode.TreeDataProvider<Node>, Disposable {
  readonly #model: ForwardsModel;
  readonly #gateways: GatewaysModel;
  readonly #saved: SavedForwards;
  readonly #owned = new DisposableStore();
  readonly #changed = this.#owned.add(new vscode.EventEmitter<Node[] | undefined>());
  #roots: readonly RowNode[] = [];
  #nodes: ReadonlyMap<string, RowNode> = new Map();

  readonly onDidChangeTreeData = this.#changed.event;
  readonly view: vscode.TreeView<Node>;
  readonly #keyRows: KeyRows<Node>;
  readonly #rowChanges: RowChanges<Node>;
  /** Whether no row above a row is collapsed. */
  readonly isShown: (node: Node) => boolean;

  constructor({ forwards, gateways, saved }: ForwardsTreeOptions) {
    this.#model = forwards;
    this.#gateways = gateways;
    this.#saved = saved;
    this.view = this.#owned.add(
      vscode.window.createTreeView<Node>(VIEWS.forwards, { treeDataProvider: this, canSelectMany: true }),
    );
    this.#keyRows = this.#owned.add(new KeyRows(this.view, systemClock));
    this.#rowChanges = this.#owned.add(
      new RowChanges(
        this.view,
        this.#changed,
        (node) => this.#roots.find(({ children }) => children.includes(node as RowNode)),
        systemClock,
      ),
    );
    this.isShown = this.#rowChanges.isShown;
    for (const { onDidChange } of [forwards, gateways, saved]) {
      this.#owned.add(onDidChange(() => this.#update()));
    }
    this.#update();
  }

  /** The row on which a key was pressed; undefined if none. */
  takeFocusedRow(): ArrangedRow | undefined {
    const node = this.#keyRows.takeFocused();
    return node?.type === 'row' ? node.row : undefined;
  }

  /** The row on which a key was pressed, and the rows selected with it. */
  takeKeyRows(): readonly ArrangedRow[] {
    const nodes = this.#keyRows.take().filter(this.isShown);
    return nodes.flatMap((node) => (node.type === 'row' ? [node.row] : []));
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

  async getTreeItem(node: Node): Promise<vscode.TreeItem> {
    return toTreeItem(node.id, await present(node), collapsibleState(node));
  }

  async resolveTreeItem(item: vscode.TreeItem, node: Node): Promise<vscode.TreeItem> {
    return resolveTooltip(item, await present(node));
  }

  dispose(): void {
    this.#owned.dispose();
  }

  /** The activity bar badge shows the same counts as the status bar. */
  #showCounts(): void {
    const tally = countForwards([...this.#model.all, ...this.#gateways.all]);
    const { ready: value } = tally;
    this.view.badge = value === 0 ? undefined : { value, tooltip: tallyText(vscode.l10n, tally) };
  }

  #update(): void {
    const known = this.#nodes;
    const nodes = new Map<string, RowNode>();
    const changed: RowNode[] = [];
    let isUrgent = false;
    const toNode = (row: ArrangedRow): RowNode => {
      const children = 'rows' in row ? row.rows.map(toNode) : [];
      const group = row.type === 'savedGroup' ? { group: row.group } : {};
      const node = known.get(row.id) ?? { type: 'row', id: row.id, ...group, row, children };
      if (JSON.stringify(node.row) !== JSON.stringify(row)) {
        changed.push(node);
        isUrgent ||= withoutCounts(node.row) !== withoutCounts(row);
      }
      node.row = row;
      node.children = children;
      nodes.set(row.id, node);
      return node;
    };
    const roots = arrangeRows(toRunning(this.#model.all, this.#gateways.all), this.#saved).map(toNode);
    const isSameList = [...nodes.keys()].join('\n') === [...known.keys()].join('\n');
    this.#roots = roots;
    this.#nodes = nodes;
    if (!isSameList) this.#rowChanges.fire(undefined);
    else if (changed.length > 0) this.#rowChanges.fire(changed, isUrgent);
    this.#showCounts();
  }
}

function withoutCounts(row: ArrangedRow): string {
  return JSON.stringify(row, (key, value) => (key === 'counts' ? undefined : value));
}

async function present(node: Node): Promise<RowPresentation> {
  if (node.type === 'detail') return presentDetail(node.title, node.value);
  const { row } = node;
  switch (row.type) {
    case 'forward': {
      const shown = presentForward(vscode.l10n, row.forward, row.place);
      return withEntry(shown, row.saved);
    }
    case 'gateway':
      return withEntry(await presentNames(row), row.saved);
    case 'namedService':
    case 'namesProblem':
    case 'noServices':
      return presentNames(row);
    case 'saved':
      return presentSaved(vscode.l10n, row.saved, placeText);
    case 'heldBack':
      return presentHeldBack(vscode.l10n);
    case 'savedProblem':
      return (await import('../onFirstUse.ts')).presentProblem(vscode.l10n, row.problem);
    case 'savedGroup':
      return presentSavedGroup(vscode.l10n, row.group, row.rows);
  }
}

/** Few people open namespaces by name, so the code for their rows is loaded with the first row. */
async function presentNames(row: NamesRow): Promise<RowPresentation> {
  return (await import('../onFirstUse.ts')).presentNamesRow(vscode.l10n, row);
}

/** The row of a forward that was started from an entry also has the menu of the entry. */
function withEntry(shown: RowPresentation, saved: SavedForward | undefined): RowPresentation {
  return saved === undefined ? shown : { ...shown, flags: [...shown.flags, ...entryFlags(saved)] };
}

function collapsibleState(node: Node): vscode.TreeItemCollapsibleState {
  const type = node.type === 'row' ? node.row.type : undefined;
  if (type === 'forward' || type === 'gateway') return vscode.TreeItemCollapsibleState.Collapsed;
  return type === 'savedGroup'
    ? vscode.TreeItemCollapsibleState.Expanded
    : vscode.TreeItemCollapsibleState.None;
}
