import * as vscode from 'vscode';
import { DisposableStore } from '../../base/disposable.ts';
import { labelText } from '../present/untrusted.ts';

/** The result of one step of a multi-step input. `back`: the user wants to return to the previous step. */
export type Answer<T> =
  | { readonly type: 'picked'; readonly value: T }
  | { readonly type: 'back' }
  | { readonly type: 'cancelled' };

export interface PickItem<T> extends vscode.QuickPickItem {
  /** Undefined for separators, and for items that cannot be chosen. */
  readonly value?: T;
  /**
   * Identifies the item when the list is replaced, so that the item keeps the focus even if its texts have changed.
   * Optional, default: the label.
   */
  readonly key?: string;
}

export interface PickOptions<T> {
  readonly title: string;
  readonly placeholder: string;
  readonly canGoBack?: boolean;
  /**
   * Loads the items. {@link pick} calls this function once, before the quick pick opens. The function must call `show`
   * with all items, and again after each change of the items. If `isBusy` is true, a progress bar is shown. When the
   * quick pick closes, `pick` disposes of the result to end the loading.
   */
  readonly load: (
    show: (items: readonly PickItem<T>[], isBusy: boolean) => void,
  ) => vscode.Disposable | undefined;
  /** Returns true for the value of the item to preselect. Optional, default: the first item is preselected. */
  readonly isActive?: (value: T) => boolean;
  readonly onDidChangeValue?: (text: string) => void;
  /**
   * Called when the user clicks a button of an item. If it returns true, the quick pick stays open. Otherwise `pick`
   * closes it and resolves with `cancelled`.
   * @param button the index of the button in the item
   */
  readonly onButton?: (value: T, button: number) => boolean;
}

/** An item with plain text. `$(name)` in the text is not shown as an icon. */
export interface TextItem<T> {
  readonly label: string;
  readonly description?: string | undefined;
  readonly value: T;
}

/** Shows a quick pick whose items do not change. Returns undefined if the user cancels. */
export async function pickFrom<T>(
  title: string,
  placeholder: string,
  items: readonly TextItem<T>[],
): Promise<T | undefined> {
  const shown = items.map(({ label, description = '', value }) => ({
    ...{ label: labelText(label), description: labelText(description), value },
  }));
  const load: PickOptions<T>['load'] = (show) => {
    show(shown, false);
    return undefined;
  };
  const answer = await pick<T>({ title, placeholder, load });
  return answer.type === 'picked' ? answer.value : undefined;
}

/**
 * Shows a quick pick, and resolves with the answer of the user. Opens the quick pick at once, even if `load` has no
 * items yet. `load` may replace the items while the quick pick is open.
 */
export async function pick<T>(options: PickOptions<T>): Promise<Answer<T>> {
  using owned = new DisposableStore();
  const quickPick = owned.add(vscode.window.createQuickPick<PickItem<T>>());
  quickPick.title = options.title;
  quickPick.placeholder = options.placeholder;
  quickPick.matchOnDescription = true;
  if (options.canGoBack === true) quickPick.buttons = [vscode.QuickInputButtons.Back];
  const { promise, resolve } = Promise.withResolvers<Answer<T>>();
  owned.add(quickPick.onDidHide(() => resolve({ type: 'cancelled' })));
  owned.add(quickPick.onDidTriggerButton(() => resolve({ type: 'back' })));
  owned.add(
    quickPick.onDidAccept(() => {
      const value = quickPick.activeItems[0]?.value;
      if (value !== undefined) resolve({ type: 'picked', value });
    }),
  );
  owned.add(
    quickPick.onDidTriggerItemButton(({ item, button }) => {
      const index = item.buttons?.indexOf(button) ?? -1;
      if (item.value === undefined || options.onButton?.(item.value, index) === true) return;
      resolve({ type: 'cancelled' });
    }),
  );
  const shown = new ShownItems(quickPick, options.isActive);
  owned.add(quickPick.onDidChangeValue((text) => shown.whileTyping(() => options.onDidChangeValue?.(text))));
  const loading = options.load((items, isBusy) => {
    quickPick.busy = isBusy;
    shown.replace(items);
  });
  if (loading !== undefined) owned.add(loading);
  quickPick.show();
  return await promise;
}

/**
 * The items of an open quick pick. When the list is replaced, VS Code moves the focus to the first item. This class
 * moves the focus back to the item that had the focus, because Enter must not choose an item that the user did not move
 * to.
 */
class ShownItems<T> {
  readonly #quickPick: vscode.QuickPick<PickItem<T>>;
  readonly #isActive: (value: T) => boolean;
  /**
   * The key of the item to which this class last moved the focus. If another item has the focus, the user has moved the
   * focus.
   */
  #focusedKey: string | undefined;
  /**
   * Set if the item that had the focus has disappeared from the list: the key of this item. The item gets the focus
   * again if a later list contains it.
   */
  #missingKey: string | undefined;
  #hasMoved = false;
  #isTyping = false;

  constructor(quickPick: vscode.QuickPick<PickItem<T>>, isActive: (value: T) => boolean = () => false) {
    this.#quickPick = quickPick;
    this.#isActive = isActive;
  }

  /**
   * Runs a function that reacts to typed text. If the function replaces the items, the first item that matches the text
   * gets the focus.
   */
  whileTyping(run: () => void): void {
    this.#hasMoved = true;
    this.#missingKey = undefined;
    this.#isTyping = true;
    run();
    this.#isTyping = false;
  }

  replace(items: readonly PickItem<T>[]): void {
    const [focused] = this.#quickPick.activeItems;
    this.#hasMoved ||= focused !== undefined && keyOf(focused) !== this.#focusedKey;
    const key = focused === undefined ? this.#missingKey : keyOf(focused);
    const next = this.#isTyping ? undefined : this.#next(items, key);
    // If an item with neither a value nor a key had the focus, such as an error, the focus may move to another item:
    // Enter does nothing on an error, so the user cannot have meant to choose it.
    const mayMove = focused !== undefined && focused.value === undefined && focused.key === undefined;
    const isMissing = !this.#isTyping && next === undefined && !mayMove;
    this.#missingKey = isMissing ? key : undefined;
    // Keeps the scroll position unless the focus moves to another item, because VS Code must then scroll to that item.
    this.#quickPick.keepScrollPosition = key !== undefined && (next === undefined || keyOf(next) === key);
    this.#quickPick.items = items;
    if (next !== undefined) this.#focusedKey = keyOf(next);
    if (next !== undefined || this.#missingKey !== undefined)
      this.#quickPick.activeItems = next === undefined ? [] : [next];
  }

  /**
   * Returns the item of a new list that gets the focus. If the user has moved the focus or typed, this is the item with
   * the key. Otherwise it is the item to preselect, even if earlier lists did not contain that item. If no item is to
   * be preselected, it is the first item.
   * @param key the key of the item that had the focus in the earlier list
   */
  #next(items: readonly PickItem<T>[], key: string | undefined): PickItem<T> | undefined {
    const all = items.filter(({ kind }) => kind !== vscode.QuickPickItemKind.Separator);
    if (this.#hasMoved) return all.find((item) => keyOf(item) === key);
    return all.find(({ value }) => value !== undefined && this.#isActive(value)) ?? all[0];
  }
}

function keyOf<T>({ key, label }: PickItem<T>): string {
  return key ?? label;
}
