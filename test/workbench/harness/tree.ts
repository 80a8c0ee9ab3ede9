import type { Locator, Page } from 'playwright-core';
import { runFromOpenMenu } from './contextMenu.ts';
import { STEP_LIMIT_MS, waitFor } from './limits.ts';

/** A row of a tree view as a person sees it. */
export interface TreeRow {
  readonly label: string;
  readonly description: string;
  /** 1 is the outermost. */
  readonly level: number;
  /** Undefined for a row without children. */
  readonly isExpanded?: boolean;
  readonly isSelected: boolean;
  /** A screen reader's text of the row. */
  readonly accessibleName: string;
  /** The name of the codicon, if there is one. */
  readonly icon?: string;
}

/** The row that a test looks for: a label, a pattern of the accessible name, or a condition. */
export type RowMatch = string | RegExp | ((row: TreeRow) => boolean);

/** How long one try may take before the row is searched again. */
const ATTEMPT_LIMIT_MS = 2_000;
/**
 * VS Code collects changes of a view for 200 ms, then fetches its rows again, and meanwhile runs their commands without the
 * row. Rows that are unchanged for longer will stay.
 */
const SETTLED_MS = 400;
const SETTLE_POLL_MS = 50;
const SETTLE_LIMIT_MS = 3_000;

/** One tree view, found by the title of its section. */
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

  /** Returns the rows as indented text, each `label  description`. */
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

  /** Expands collapsed rows one after the other, and waits until each is expanded. */
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

  /** Clicks a row for a following key: the extension learns of a selection a moment after the click. */
  async select(match: RowMatch): Promise<void> {
    await this.click(match);
    await this.#settle();
  }

  /** Opens the context menu of a row and returns its labels. */
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

  /** Waits until an open menu has faded in. */
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

  /** Returns the titles of the buttons that a row shows under the pointer. */
  async inlineActions(match: RowMatch): Promise<readonly string[]> {
    const row = await this.#locate(match);
    await row.hover({ timeout: STEP_LIMIT_MS });
    return row
      .locator('.actions .action-label')
      .evaluateAll((elements) => elements.map((element) => element.getAttribute('aria-label') ?? ''));
  }

  /**
   * Runs a button of a row, again if `happened` rejects soon: while VS Code fetches rows again, it runs a command without the
   * row, and the command asks.
   */
  async runInline(match: RowMatch, command: string, happened?: () => Promise<unknown>): Promise<void> {
    let wasClicked = false;
    // A row whose text changes meanwhile is redrawn with its buttons, which are then searched again.
    await waitFor(`${command} of ${describe(match)}`, async () => {
      // The result may be late, and the button may be gone with it.
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

  /** Runs a button of a row that removes the row. */
  async remove(match: RowMatch, command: string): Promise<void> {
    await this.runInline(match, command, () => this.noRow(match, ATTEMPT_LIMIT_MS));
  }

  /** Runs a button in the section's title. */
  async runFromTitle(command: string): Promise<void> {
    const header = this.#pane().locator('.pane-header');
    await header.hover({ timeout: STEP_LIMIT_MS });
    await header.locator(`.action-label[aria-label^="${command}"]`).click({ timeout: STEP_LIMIT_MS });
  }

  /** Returns the text of the welcome view in place of rows. */
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

  /** Waits until the section shows no progress. */
  async untilIdle(): Promise<void> {
    const bar = this.#pane().locator('.monaco-progress-container.active');
    await bar.waitFor({ state: 'detached', timeout: STEP_LIMIT_MS });
  }

  /** The text of the hover that a row opens. */
  async tooltip(match: RowMatch): Promise<string> {
    const hover = this.#page.locator('.workbench-hover').first();
    return waitFor(`the hover of ${describe(match)}`, async () => {
      // A pointer that is already there does not enter the row, and a redrawn row forgets it.
      await this.#page.mouse.move(0, 0);
      const row = await this.#locate(match);
      await row.locator('.label-name').hover({ timeout: ATTEMPT_LIMIT_MS });
      await hover.waitFor({ timeout: ATTEMPT_LIMIT_MS });
      const text = (await hover.textContent()) ?? '';
      return text === '' || text === 'Loading...' ? undefined : text;
    });
  }

  /** Scrolls to the end of the rows until one matches: more rows may arrive after the last. */
  async scrollToEnd(match: RowMatch): Promise<TreeRow> {
    return waitFor(`the end of ${this.#title} to be a row ${describe(match)}`, async () => {
      await this.#pane().locator('.monaco-list').first().focus();
      await this.#page.keyboard.press('End');
      return this.row(match, ATTEMPT_LIMIT_MS);
    });
  }

  /** Waits until the rows are unchanged for a while, with a limit because some show traffic. */
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

  /** Clicks until the row is as wanted: a row redrawn between press and release gets no click. */
  async #toggle(match: RowMatch, isWanted: boolean): Promise<void> {
    const wanted = (row: TreeRow) => matches(row, match) && row.isExpanded === isWanted;
    await waitFor(`${describe(match)} to be ${isWanted ? 'expanded' : 'collapsed'}`, async () => {
      if ((await this.row(match)).isExpanded !== isWanted) await this.#click(match, '.monaco-tl-twistie');
      return this.row(wanted, ATTEMPT_LIMIT_MS);
    });
  }

  /** A pointer that rests on a row opens its hover, which covers the rows below. */
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
    // Copies of rows above that stick to the top during scrolling are no rows of their own.
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

/** Returns whether a promise is fulfilled; undefined counts as not. */
async function isFulfilled(promise: Promise<unknown> | undefined): Promise<boolean> {
  if (promise === undefined) return false;
  return promise.then(
    () => true,
    () => false,
  );
}
