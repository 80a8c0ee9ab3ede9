import type * as vscode from 'vscode';
import type { Clock } from '../base/async.ts';
import { type Disposable, DisposableStore } from '../base/disposable.ts';

/** VS Code collects the changes of a view for 200 ms before it draws the rows. */
const DRAWING_MS = 1_000;
/** While VS Code draws the whole view, it does not know on which row a key is pressed. So what is not urgent waits. */
const REDRAW_DELAY_MS = 2_000;

type View<Node> = Pick<
  vscode.TreeView<Node>,
  'selection' | 'onDidChangeSelection' | 'onDidCollapseElement' | 'onDidExpandElement'
>;

/**
 * Tells VS Code which rows of a view to draw again, so that all selected rows look selected. When VS Code draws a selected row again, or
 * hides it, the selected rows below lose their highlight but not their selection. When VS Code draws the whole view, they keep both.
 * Therefore changes draw the whole view while several rows are selected.
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
        // A change from before the selection may be drawn after it.
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
   * @param nodes the rows that changed, with those beneath; undefined for all
   * @param isUrgent whether more changed than counts of traffic
   */
  fire(nodes: readonly Node[] | undefined, isUrgent = true): void {
    if (nodes === undefined) return this.#redrawNow();
    if (this.#areSeveralSelected()) return isUrgent ? this.#redrawNow() : this.#redrawLater();
    this.#firedAtMs = this.#clock.now();
    this.#changed.fire([...nodes]);
  }

  /** Whether no row above is collapsed. Rows that are hidden so stay selected. */
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
