import type * as vscode from 'vscode';
import type { Clock } from '../base/async.ts';
import { type Disposable, DisposableStore } from '../base/disposable.ts';

/**
 * The longest time, in milliseconds, that VS Code needs to draw changed rows after the change was reported to VS Code.
 * VS Code collects the changes of a tree view for 200 ms before it draws the rows.
 */
const DRAWING_MS = 1_000;
/**
 * How long to wait, in milliseconds, before the whole tree view is drawn again because of changes that are not urgent.
 * The delay makes such drawings rare: while VS Code draws the whole view, it does not know which row has the focus, so
 * a key press may have no effect.
 */
const REDRAW_DELAY_MS = 2_000;

type View<Node> = Pick<
  vscode.TreeView<Node>,
  'selection' | 'onDidChangeSelection' | 'onDidCollapseElement' | 'onDidExpandElement'
>;

/**
 * Tells VS Code which rows of a tree view to draw again, so that all selected rows stay highlighted. If VS Code draws
 * one selected row again, or hides it, the selected rows further down in the view lose their highlight, although they
 * stay selected. If VS Code draws the whole view again, all selected rows keep their highlight. Therefore, while
 * several rows are selected, each change draws the whole view again.
 */
export class RowChanges<Node extends { readonly id: string }> implements Disposable {
  readonly #view: View<Node>;
  readonly #changed: Pick<vscode.EventEmitter<Node[] | undefined>, 'fire'>;
  readonly #parentOf: (node: Node) => Node | undefined;
  readonly #clock: Clock;
  readonly #owned = new DisposableStore();
  readonly #collapsed = new Set<string>();
  #firedAtMs = Number.NEGATIVE_INFINITY;
  #redraw: Disposable | undefined;

  constructor(
    view: View<Node>,
    changed: Pick<vscode.EventEmitter<Node[] | undefined>, 'fire'>,
    parentOf: (node: Node) => Node | undefined,
    clock: Clock,
  ) {
    this.#view = view;
    this.#changed = changed;
    this.#parentOf = parentOf;
    this.#clock = clock;
    this.#owned.add(
      view.onDidChangeSelection(() => {
        // VS Code may not have drawn yet a change that was reported before the selection changed. When VS Code draws
        // this change, the selected rows lose their highlight. So after a delay, the whole view is drawn again, which
        // restores the highlight.
        if (this.#areSeveralSelected() && clock.now() - this.#firedAtMs < DRAWING_MS) this.#redrawLater();
      }),
    );
    this.#owned.add(
      view.onDidCollapseElement(({ element }) => {
        this.#collapsed.add(element.id);
        if (this.#areSeveralSelected()) this.#redrawNow();
      }),
    );
    this.#owned.add(view.onDidExpandElement(({ element }) => this.#collapsed.delete(element.id)));
  }

  /**
   * Tells VS Code to draw changed rows again.
   * @param nodes the changed rows, which VS Code draws together with all rows below them in the tree; undefined for all
   *   rows of the view
   * @param isUrgent false if only counts of traffic changed, so that the drawing can wait. Optional, default true.
   */
  fire(nodes: readonly Node[] | undefined, isUrgent = true): void {
    if (nodes === undefined) return this.#redrawNow();
    if (this.#areSeveralSelected()) return isUrgent ? this.#redrawNow() : this.#redrawLater();
    this.#firedAtMs = this.#clock.now();
    this.#changed.fire([...nodes]);
  }

  /**
   * Returns true if no ancestor of the row is collapsed. VS Code reports a row as selected even if the row is hidden
   * below a collapsed row. Callers use this function to skip such rows.
   */
  readonly isShown = (node: Node): boolean => {
    const parent = this.#parentOf(node);
    return parent === undefined || (!this.#collapsed.has(parent.id) && this.isShown(parent));
  };

  dispose(): void {
    this.#redraw?.dispose();
    this.#owned.dispose();
  }

  #areSeveralSelected(): boolean {
    return this.#view.selection.length > 1;
  }

  #redrawNow(): void {
    this.#redraw?.dispose();
    this.#redraw = undefined;
    this.#changed.fire(undefined);
  }

  #redrawLater(): void {
    this.#redraw ??= this.#clock.setTimer(REDRAW_DELAY_MS, () => this.#redrawNow());
  }
}
