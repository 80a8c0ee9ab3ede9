import * as vscode from 'vscode';
import { systemClock } from '../base/async.ts';
import { type Disposable, DisposableStore } from '../base/disposable.ts';
import { KeyRows } from './keyRows.ts';
import { ICON_COLORS, type RowDecoration, type RowPresentation } from './present/row.ts';
import { RowChanges } from './rowChanges.ts';

/**
 * A tree view of VS Code. VS Code recognizes rows by their ids: a row stays expanded and selected even if a subclass
 * returns a new object for the row. But to draw a single row again ({@link RowChanges}), VS Code needs the same object
 * that the subclass returned when VS Code fetched the row. So when a row changes, subclasses should update this object
 * instead of creating a new one.
 */
export abstract class RowTree<Node extends { readonly id: string }>
  implements vscode.TreeDataProvider<Node>, Disposable
{
  readonly #owned = new DisposableStore();
  protected readonly own = <T extends Disposable>(part: T): T => this.#owned.add(part);
  readonly #changed = this.own(new vscode.EventEmitter<Node[] | undefined>());
  readonly #keyRows: KeyRows<Node>;
  protected readonly rowChanges: RowChanges<Node>;

  readonly onDidChangeTreeData = this.#changed.event;
  readonly view: vscode.TreeView<Node>;
  /** Returns true if no ancestor of the row is collapsed. */
  readonly isShown: (node: Node) => boolean;

  constructor(viewId: string, options: { readonly showCollapseAll?: boolean } = {}) {
    this.view = this.own(
      vscode.window.createTreeView<Node>(viewId, { ...options, treeDataProvider: this, canSelectMany: true }),
    );
    this.#keyRows = this.own(new KeyRows(this.view, systemClock));
    this.rowChanges = this.own(
      new RowChanges(this.view, this.#changed, (node) => this.getParent(node), systemClock),
    );
    this.isShown = this.rowChanges.isShown;
  }

  abstract getChildren(node?: Node): Promise<Node[]>;

  abstract getParent(node: Node): Node | undefined;

  async getTreeItem(node: Node): Promise<vscode.TreeItem> {
    return toTreeItem(node.id, await this.present(node), this.collapsibleState(node));
  }

  /**
   * Sets the tooltip of a row as a string. VS Code shows a string as plain text: names from a cluster must not be
   * parsed as Markdown, which can contain links.
   */
  async resolveTreeItem(item: vscode.TreeItem, node: Node): Promise<vscode.TreeItem> {
    const { tooltip, accessibleName } = await this.present(node);
    item.tooltip = tooltip ?? accessibleName;
    return item;
  }

  dispose(): void {
    this.#owned.dispose();
  }

  /** Returns the row on which a key was just pressed; undefined if there is none. */
  protected takeFocused(): Node | undefined {
    return this.#keyRows.takeFocused();
  }

  /** Returns the visible rows to which a key press applies (see {@link KeyRows.take}). */
  protected takeKeys(): readonly Node[] {
    return this.#keyRows.take().filter(this.isShown);
  }

  protected abstract present(node: Node): Promise<RowPresentation>;

  protected abstract collapsibleState(node: Node): vscode.TreeItemCollapsibleState;
}

function toTreeItem(
  id: string,
  row: RowPresentation,
  collapsibleState: vscode.TreeItemCollapsibleState,
): vscode.TreeItem {
  const item = new vscode.TreeItem(row.label, collapsibleState);
  item.id = id;
  if (row.description !== undefined && row.description !== '') item.description = row.description;
  if (row.icon !== undefined) {
    const color = row.icon.color === undefined ? undefined : new vscode.ThemeColor(row.icon.color);
    item.iconPath = new vscode.ThemeIcon(row.icon.id, color);
  }
  if (row.decoration !== undefined) item.resourceUri = decorationUri(id, row.decoration);
  item.contextValue = row.flags.join(' ');
  if (row.command !== undefined) item.command = { command: row.command, title: row.accessibleName };
  item.accessibilityInformation = { label: row.accessibleName };
  return item;
}

const SCHEME = 'kube-port-forward-row';

const COLORS: Record<RowDecoration, string> = {
  forwarded: ICON_COLORS.forwarded,
  disconnected: ICON_COLORS.pending,
};

/**
 * Returns the URI for which VS Code requests the color of a row. VS Code caches the color of each URI, so the URI
 * contains the state: a new state gets its own color.
 */
function decorationUri(id: string, decoration: RowDecoration): vscode.Uri {
  return vscode.Uri.from({ scheme: SCHEME, authority: decoration, path: `/${encodeURIComponent(id)}` });
}

/** Colors the rows of forwarded targets by the state of their forwards. */
export function registerRowDecorations(): Disposable {
  return vscode.window.registerFileDecorationProvider({
    provideFileDecoration({ scheme, authority }) {
      if (scheme !== SCHEME || !(authority in COLORS)) return undefined;
      const color = new vscode.ThemeColor(COLORS[authority as RowDecoration]);
      const tooltip =
        authority === 'forwarded' ? vscode.l10n.t('forwarded') : vscode.l10n.t('forwarded, not connected');
      return { color, tooltip };
    },
  });
}
