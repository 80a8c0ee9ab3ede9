import * as vscode from 'vscode';
import { VIEWS } from '../../contributions.ts';
import type { GatewaysModel } from '../gateways/gatewaysModel.ts';
import { countForwards, tallyText } from '../present/forwardCounts.ts';
import { forwardChildren, presentDetail, presentForward } from '../present/forwardRows.ts';
import type { RowPresentation } from '../present/row.ts';
import { toRunning } from '../present/running.ts';
import { RowTree } from '../rowTree.ts';
import { type ArrangedRow, arrangeRows, type NamesRow } from '../saved/arrangeRows.ts';
import type { SavedForward, SavedProblem } from '../saved/savedForward.ts';
import { type SavedForwards, scopeText } from '../saved/savedForwards.ts';
import { entryFlags, presentHeldBack, presentSaved, presentSavedGroup } from '../saved/savedRows.ts';
import type { ForwardsModel } from './forwardsModel.ts';

/**
 * A row of the tree. If the content of the row changes, the tree updates this JavaScript object instead of creating a
 * new one. Needed because VS Code can draw a single row again only if it gets the same object as when it fetched the
 * row.
 */
interface RowNode {
  readonly type: 'row';
  readonly id: string;
  /**
   * The name of the group, for the row of a group of saved forwards. Undefined for all other rows. VS Code passes this
   * object to the commands in the menu of the row, and these commands read the name.
   */
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
export class ForwardsTree extends RowTree<Node> {
  readonly #model: ForwardsModel;
  readonly #gateways: GatewaysModel;
  readonly #saved: SavedForwards;
  #roots: readonly RowNode[] = [];
  #nodes: ReadonlyMap<string, RowNode> = new Map();
  /**
   * The ids of all rows as JSON, each with the ids of its children. If this text changes, rows were added, removed or
   * moved, and VS Code must draw the whole view again.
   */
  #outline = '[]';

  constructor(forwards: ForwardsModel, gateways: GatewaysModel, saved: SavedForwards) {
    super(VIEWS.forwards);
    this.#model = forwards;
    this.#gateways = gateways;
    this.#saved = saved;
    for (const { onDidChange } of [forwards, gateways, saved]) this.own(onDidChange(() => this.#update()));
    this.#update();
  }

  /**
   * Returns the row that had the focus when the user just pressed a key. Undefined if no key was just pressed, or if an
   * earlier call has already returned the row of this key press.
   */
  takeFocusedRow(): ArrangedRow | undefined {
    const node = this.takeFocused();
    return node?.type === 'row' ? node.row : undefined;
  }

  /**
   * Returns the rows to which a key press applies: all selected rows if the focused row is selected, otherwise only the
   * focused row. Empty if no key was just pressed, or if an earlier call has already returned the rows of this key
   * press.
   */
  takeKeyRows(): readonly ArrangedRow[] {
    return this.takeKeys().flatMap((node) => (node.type === 'row' ? [node.row] : []));
  }

  /**
   * Returns what is wrong with the invalid saved forward that a row shows. Undefined for other rows.
   * @param id the id of the row
   */
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

  getParent(node: Node): Node | undefined {
    return this.#roots.find(({ children }) => children.includes(node as RowNode));
  }

  protected present(node: Node): Promise<RowPresentation> {
    return presentRow(node);
  }

  protected collapsibleState(node: Node): vscode.TreeItemCollapsibleState {
    const type = node.type === 'row' ? node.row.type : undefined;
    if (type === 'forward' || type === 'gateway') return vscode.TreeItemCollapsibleState.Collapsed;
    return type === 'savedGroup'
      ? vscode.TreeItemCollapsibleState.Expanded
      : vscode.TreeItemCollapsibleState.None;
  }

  /**
   * Shows the number of ready forwards and gateways in the badge of the activity bar. The tooltip of the badge also
   * contains the numbers of those that are starting or need attention.
   */
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
    const outline = JSON.stringify(roots, ['id', 'children'] satisfies (keyof RowNode)[]);
    const hasMoved = outline !== this.#outline;
    this.#roots = roots;
    this.#nodes = nodes;
    this.#outline = outline;
    if (hasMoved) this.rowChanges.fire(undefined);
    else if (changed.length > 0) this.rowChanges.fire(changed, isUrgent);
    this.#showCounts();
  }
}

function withoutCounts(row: ArrangedRow): string {
  return JSON.stringify(row, (key, value) => (key === 'counts' ? undefined : value));
}

async function presentRow(node: Node): Promise<RowPresentation> {
  if (node.type === 'detail') return presentDetail(node.title, node.value);
  const { row } = node;
  switch (row.type) {
    case 'forward': {
      const shown = presentForward(vscode.l10n, row.forward, row.location);
      return withEntry(shown, row.saved);
    }
    case 'gateway':
      return withEntry(await presentNames(row), row.saved);
    case 'namedService':
    case 'namesProblem':
    case 'noServices':
      return presentNames(row);
    case 'saved':
      return presentSaved(vscode.l10n, row.saved, scopeText);
    case 'heldBack':
      return presentHeldBack(vscode.l10n);
    case 'savedProblem':
      return (await import('../onFirstUse.ts')).presentProblem(vscode.l10n, row.problem);
    case 'savedGroup':
      return presentSavedGroup(vscode.l10n, row.group, row.rows);
  }
}

/**
 * Returns the content of the row of a gateway, or of a row below it. Loads the code for these rows only when the first
 * of them is shown, because few users have gateways.
 */
async function presentNames(row: NamesRow): Promise<RowPresentation> {
  return (await import('../onFirstUse.ts')).presentNamesRow(vscode.l10n, row);
}

/**
 * Adds the menu commands for saved entries to the row of a running forward or gateway, if a saved entry matches the
 * forward or gateway.
 */
function withEntry(shown: RowPresentation, saved: SavedForward | undefined): RowPresentation {
  return saved === undefined ? shown : { ...shown, flags: [...shown.flags, ...entryFlags(saved)] };
}
