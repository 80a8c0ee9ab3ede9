import type { Locator, Page } from 'playwright-core';
import { runFromOpenMenu } from './contextMenu.ts';
import { STEP_LIMIT_MS, waitFor } from './limits.ts';

/** What a person sees of a row in a tree view. */
export interface TreeRow {
  readonly label: string;
  readonly description: string;
  /** The depth of the row in the tree. 1 is the outermost level. */
  readonly level: number;
  /** Undefined for a row without children. */
  readonly isExpanded?: boolean;
  readonly isSelected: boolean;
  /** The text that a screen reader speaks for the row. */
  readonly accessibleName: string;
  /** The name of the row's icon in VS Code's icon set (codicons). Undefined if the row has no such icon. */
  readonly icon?: string;
}

/** The row that a test looks for: a label, a pattern of the accessible name, or a condition. */
export type RowMatch = string | RegExp | ((row: TreeRow) => boolean);

/** How long a click on a row may take before the test finds the row again and repeats the click, in milliseconds. */
const ATTEMPT_LIMIT_MS = 2_000;
/**
 * How long the rows of a view must stay unchanged before a test uses them, in milliseconds. VS Code collects the
 * changes of a view for 200 ms, and then fetches its rows again. If a test uses a row during that time, VS Code runs
 * the command without telling it the row.
 */
const SETTLED_MS = 400;
const SETTLE_POLL_MS = 50;
const SETTLE_LIMIT_MS = 3_000;

/** Reads and uses one tree view as a person does. The title of the view's section identifies the view. */
export class Tree {
  readonly #page: Page;
  readonly #title: string;

  constructor(page: Page, title: string) {
    this.#page = page;
    this.#title = title;
  }

  /** Returns the rendered rows in order. */
  async rows(): Promise<readonly TreeRow[]> {
    const rows = await this.#rowLocator().evaluateAll((elements) =>
      elements.map((element) => ({
        index: Number(element.getAttribute('data-index')),
        label: element.querySelector('.label-name')?.textContent ?? '',
        description: element.querySelector('.label-description')?.textContent ?? '',
        level: Number(element.getAttribute('aria-level')),
        expanded: element.getAttribute('aria-expanded'),
        isSelected: element.classList.contains('selected'),
        accessibleName: element.getAttribute('aria-label') ?? '',
        icon: /codicon-([\w-]+)/.exec(
          (element.querySelector('.custom-view-tree-node-item-icon')?.className ?? '').replace(
            'codicon-colored',
            '',
          ),
        )?.[1],
      })),
    );
    return rows
      .sort((a, b) => a.index - b.index)
      .map(({ index: _, expanded, icon, ...row }) => ({
        ...row,
        ...(expanded === null ? {} : { isExpanded: expanded === 'true' }),
        ...(icon === undefined ? {} : { icon }),
      }));
  }

  /** Returns the rows as lines of text. A line has the form `label  description`, and is indented by its level. */
  async text(): Promise<string> {
    return (await this.rows())
      .map((row) => `${'  '.repeat(row.level - 1)}${`${row.label}  ${row.description}`.trimEnd()}`)
      .join('\n');
  }

  /** Waits until a row matches. */
  async row(match: RowMatch, limitMs: number = STEP_LIMIT_MS): Promise<TreeRow> {
    try {
      return await waitFor(
        `a row ${describe(match)} in ${this.#title}`,
        async () => (await this.rows()).find((row) => matches(row, match)),
        limitMs,
      );
    } catch (error) {
      throw new Error(`${error instanceof Error ? error.message : error}; there is:\n${await this.text()}`, {
        cause: error,
      });
    }
  }

  /** Waits until no row matches. */
  async noRow(match: RowMatch, limitMs: number = STEP_LIMIT_MS): Promise<void> {
    await waitFor(
      `no row ${describe(match)} in ${this.#title}`,
      async () => !(await this.rows()).some((row) => matches(row, match)),
      limitMs,
    );
  }

  /** Expands rows one after the other. Waits until a row is expanded before it expands the next row. */
  async expand(...path: readonly RowMatch[]): Promise<void> {
    for (const match of path) await this.#toggle(match, true);
  }

  async collapse(match: RowMatch): Promise<void> {
    await this.#toggle(match, false);
  }

  async click(match: RowMatch): Promise<void> {
    await waitFor(`a click on ${describe(match)}`, async () => {
      await this.#click(match, '.label-name');
      return true;
    });
  }

  /**
   * Clicks a row, and waits until the extension knows that the row is selected. Otherwise, a key that is pressed next
   * would apply to the previous selection.
   */
  async select(match: RowMatch): Promise<void> {
    await this.click(match);
    await this.#settle();
  }

  /** Opens the context menu of a row. Returns the labels of the menu's items. */
  async openContextMenu(match: RowMatch): Promise<readonly string[]> {
    const items = this.#page.locator('.monaco-menu .action-menu-item');
    await waitFor(`the menu of ${describe(match)}`, async () => {
      await this.#settle();
      await (await this.#locate(match)).click({ button: 'right', timeout: ATTEMPT_LIMIT_MS });
      await items.first().waitFor({ timeout: ATTEMPT_LIMIT_MS });
      return true;
    });
    return items.allTextContents();
  }

  /** Waits until an open menu is fully visible. VS Code fades menus in. */
  async menuIsShown(): Promise<void> {
    const menu = this.#page.locator('.monaco-menu').first();
    await waitFor('the menu to be opaque', () =>
      menu.evaluate((element) => {
        let opacity = 1;
        for (let part: typeof element | null = element; part !== null; part = part.parentElement) {
          opacity *= Number(part.ownerDocument.defaultView?.getComputedStyle(part).opacity ?? 1);
        }
        return opacity === 1;
      }),
    );
  }

  /** Opens the context menu of a row and runs one of its commands. */
  async runFromContextMenu(match: RowMatch, command: string): Promise<void> {
    await this.openContextMenu(match);
    await runFromOpenMenu(this.#page, command);
  }

  /** Returns the titles of the buttons that a row shows while the pointer is over the row. */
  async inlineActions(match: RowMatch): Promise<readonly string[]> {
    const row = await this.#locate(match);
    await row.hover({ timeout: STEP_LIMIT_MS });
    return row
      .locator('.actions .action-label')
      .evaluateAll((elements) => elements.map((element) => element.getAttribute('aria-label') ?? ''));
  }

  /**
   * Clicks a button of a row. Clicks again if `happened` rejects. The first click can fail: while VS Code fetches rows
   * again, it does not tell the command the row, and the command asks the user to pick a row.
   * @param happened resolves when the click had its effect, or rejects after a short time
   */
  async runInline(match: RowMatch, command: string, happened?: () => Promise<unknown>): Promise<void> {
    let wasClicked = false;
    // Repeats all steps if one fails, because VS Code replaces the buttons of a row when the row's text changes.
    await waitFor(`${command} of ${describe(match)}`, async () => {
      // Checks the effect of an earlier click first. The effect may come late, and may have removed the button.
      if (wasClicked && (await isFulfilled(happened?.()))) return true;
      await this.#settle();
      if (await this.#page.locator('.quick-input-widget').isVisible())
        await this.#page.keyboard.press('Escape');
      const row = await this.#locate(match);
      await row.hover({ timeout: ATTEMPT_LIMIT_MS });
      const button = row.locator(`.actions .action-label[aria-label^="${command}"]`);
      await button.click({ timeout: ATTEMPT_LIMIT_MS });
      wasClicked = true;
      await happened?.();
      return true;
    });
  }

  /** Clicks a button that removes its row. Waits until the row has disappeared. */
  async remove(match: RowMatch, command: string): Promise<void> {
    await this.runInline(match, command, () => this.noRow(match, ATTEMPT_LIMIT_MS));
  }

  /** Clicks a button in the title of the view's section. */
  async runFromTitle(command: string): Promise<void> {
    const header = this.#pane().locator('.pane-header');
    await header.hover({ timeout: STEP_LIMIT_MS });
    await header.locator(`.action-label[aria-label^="${command}"]`).click({ timeout: STEP_LIMIT_MS });
  }

  /** Returns the text that the view shows when it has no rows. */
  async welcome(): Promise<string> {
    const welcome = this.#pane().locator('.welcome-view-content');
    await welcome.waitFor({ timeout: STEP_LIMIT_MS });
    return welcome.evaluate((element) =>
      [...element.children].map((child) => child.textContent ?? '').join('\n'),
    );
  }

  async clickWelcome(button: string): Promise<void> {
    await this.#pane()
      .locator('.welcome-view-content')
      .getByText(button, { exact: true })
      .click({ timeout: STEP_LIMIT_MS });
  }

  /** Waits until the view shows no progress bar. */
  async untilIdle(): Promise<void> {
    const bar = this.#pane().locator('.monaco-progress-container.active');
    await bar.waitFor({ state: 'detached', timeout: STEP_LIMIT_MS });
  }

  /** Moves the pointer over a row. Returns the text of the hover that VS Code then shows. */
  async tooltip(match: RowMatch): Promise<string> {
    const hover = this.#page.locator('.workbench-hover').first();
    return waitFor(`the hover of ${describe(match)}`, async () => {
      // Moves the pointer away first. VS Code shows a hover only when the pointer enters a row.
      await this.#page.mouse.move(0, 0);
      const row = await this.#locate(match);
      await row.locator('.label-name').hover({ timeout: ATTEMPT_LIMIT_MS });
      await hover.waitFor({ timeout: ATTEMPT_LIMIT_MS });
      const text = (await hover.textContent()) ?? '';
      return text === '' || text === 'Loading...' ? undefined : text;
    });
  }

  /** Scrolls to the end of the view, again and again because more rows may arrive, until a visible row matches. */
  async scrollToEnd(match: RowMatch): Promise<TreeRow> {
    return waitFor(`the end of ${this.#title} to be a row ${describe(match)}`, async () => {
      await this.#pane().locator('.monaco-list').first().focus();
      await this.#page.keyboard.press('End');
      return this.row(match, ATTEMPT_LIMIT_MS);
    });
  }

  /** Waits until the rows are unchanged for a while. Has a time limit, because rows that show traffic always change. */
  async #settle(): Promise<void> {
    await this.#movePointerAway();
    const deadline = performance.now() + SETTLE_LIMIT_MS;
    let last = await this.text();
    let since = performance.now();
    while (performance.now() < deadline && performance.now() - since < SETTLED_MS) {
      await new Promise((resolve) => setTimeout(resolve, SETTLE_POLL_MS));
      const text = await this.text();
      if (text === last) continue;
      last = text;
      since = performance.now();
    }
  }

  /**
   * Clicks the arrow of a row until the row is expanded or collapsed as wanted. A click is lost if VS Code redraws the
   * row between the press and the release of the button.
   */
  async #toggle(match: RowMatch, isWanted: boolean): Promise<void> {
    const wanted = (row: TreeRow) => matches(row, match) && row.isExpanded === isWanted;
    await waitFor(`${describe(match)} to be ${isWanted ? 'expanded' : 'collapsed'}`, async () => {
      if ((await this.row(match)).isExpanded !== isWanted) await this.#click(match, '.monaco-tl-twistie');
      return this.row(wanted, ATTEMPT_LIMIT_MS);
    });
  }

  /** Moves the pointer away from the rows. A pointer over a row opens a hover, which covers the rows below. */
  async #movePointerAway(): Promise<void> {
    await this.#page.mouse.move(0, 0);
  }

  async #click(match: RowMatch, part: string): Promise<void> {
    await this.#movePointerAway();
    await (await this.#locate(match)).locator(part).first().click({ timeout: ATTEMPT_LIMIT_MS });
  }

  async #locate(match: RowMatch): Promise<Locator> {
    const { accessibleName, level } = await this.row(match);
    return this.#rowLocator()
      .and(this.#page.locator(`[aria-label=${JSON.stringify(accessibleName)}][aria-level="${level}"]`))
      .first();
  }

  #pane(): Locator {
    return this.#page.locator('.pane', {
      has: this.#page.locator(`.pane-header[aria-label=${JSON.stringify(`${this.#title} Section`)}]`),
    });
  }

  #rowLocator(): Locator {
    // Selects direct children only. VS Code shows copies of parent rows at the top while scrolling (sticky scroll).
    return this.#pane().locator('.monaco-list-rows > .monaco-list-row');
  }
}

function matches(row: TreeRow, match: RowMatch): boolean {
  if (typeof match === 'function') return match(row);
  return typeof match === 'string' ? row.label === match : match.test(row.accessibleName);
}

function describe(match: RowMatch): string {
  return typeof match === 'function' ? 'that meets the condition' : `"${match}"`;
}

/** Waits for a promise. Returns true if the promise is fulfilled, or false if it rejects or is undefined. */
async function isFulfilled(promise: Promise<unknown> | undefined): Promise<boolean> {
  if (promise === undefined) return false;
  return promise.then(
    () => true,
    () => false,
  );
}
