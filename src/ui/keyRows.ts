import type * as vscode from 'vscode';
import type { Clock } from '../base/async.ts';
import { type Disposable, DisposableStore } from '../base/disposable.ts';

/**
 * A key binding toggles the selection of the focused row twice, and runs its command immediately afterwards (see
 * {@link KeyRows}). So if the selection last changed longer ago than this limit, no key caused the change.
 */
const TOGGLE_LIMIT_MS = 1_000;

/**
 * Finds out on which rows of a tree a key was pressed. VS Code tells extensions which rows are selected, but not which
 * row has the focus. So the key bindings in package.json toggle the selection of the focused row twice before they run
 * a command. The row whose selection changed last is the focused row. After two toggles, the selection is the same as
 * before.
 */
export class KeyRows<Node extends { readonly id: string }> implements Disposable {
  readonly #clock: Clock;
  readonly #owned = new DisposableStore();
  #selection: readonly Node[] = [];
  #toggled: { readonly node: Node; readonly atMs: number } | undefined;

  constructor(view: Pick<vscode.TreeView<Node>, 'selection' | 'onDidChangeSelection'>, clock: Clock) {
    this.#clock = clock;
    this.#owned.add(view.onDidChangeSelection(({ selection }) => this.#onSelection(selection)));
  }

  /**
   * Returns the row on which a key was just pressed; undefined if there is none. Only the first call for a key press
   * returns the row.
   */
  takeFocused(): Node | undefined {
    const toggled = this.#toggled;
    this.#toggled = undefined;
    const isRecent = toggled !== undefined && this.#clock.now() - toggled.atMs < TOGGLE_LIMIT_MS;
    return isRecent ? toggled.node : undefined;
  }

  /**
   * Returns the rows to which a key press applies, as in VS Code's Explorer: all selected rows if the focused row is
   * selected, otherwise only the focused row. Empty if no key was just pressed.
   */
  take(): readonly Node[] {
    const focused = this.takeFocused();
    if (focused === undefined) return [];
    return hasNode(this.#selection, focused) ? this.#selection : [focused];
  }

  dispose(): void {
    this.#owned.dispose();
  }

  #onSelection(selection: readonly Node[]): void {
    const before = this.#selection;
    const changed = [
      ...selection.filter((node) => !hasNode(before, node)),
      ...before.filter((node) => !hasNode(selection, node)),
    ];
    const [node] = changed;
    this.#selection = selection;
    this.#toggled =
      changed.length === 1 && node !== undefined ? { node, atMs: this.#clock.now() } : undefined;
  }
}

/** Compares rows by id, because a row may become another object when VS Code fetches the row again. */
function hasNode<Node extends { readonly id: string }>(nodes: readonly Node[], node: Node): boolean {
  return nodes.some(({ id }) => id === node.id);
}

/** The arguments that the key bindings in package.json pass to a command. */
export interface KeyArguments {
  readonly isKey: true;
  /** Whether the command must rename the row instead of doing what it usually does. True for Enter on macOS. */
  readonly renames?: boolean;
}

export function isKey(argument: unknown): argument is KeyArguments {
  return (argument as { readonly isKey?: unknown } | null | undefined)?.isKey === true;
}
