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
  if (options.onDidChangeValue !== undefined) owned.add(quickPick.onDidChangeValue(options.onDidChangeValue));
  let isFirst = true;
  const loading = options.load((items, isBusy) => {
    quickPick.busy = isBusy;
    quickPick.keepScrollPosition = !isFirst;
    quickPick.items = items;
    const active = items.find((item) => item.value !== undefined && options.isActive?.(item.value) === true);
    if (isFirst && active !== undefined) quickPick.activeItems = [active];
    if (items.length > 0) isFirst = false;
  });
  if (loading !== undefined) owned.add(loading);
  quickPick.show();
  return await promise;
}
