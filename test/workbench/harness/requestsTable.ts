import type { Frame, Page } from 'playwright-core';
import { runFromOpenMenu } from './contextMenu.ts';
import { ATTEMPT_LIMIT_MS, STEP_LIMIT_MS, waitFor } from './limits.ts';

/** Waits for a webview whose page has an element that matches `selector`. Returns the page's frame. */
export function webviewWith(page: Page, selector: string): Promise<Frame> {
  return waitFor(`a webview with ${selector}`, async () => {
    for (const frame of page.frames()) {
      // Ignores an error, because the frame may disappear during the call.
      const isIt = await frame
        .locator(selector)
        .count()
        .catch(() => 0);
      if (isIt > 0) return frame;
    }
    return undefined;
  });
}

/** A row of the Requests view: the text of each cell, by the name of its column. */
export type TableRow = Readonly<Record<string, string>>;

/** Reads and uses the table of the Requests view as a person does. */
export class RequestsTable {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  frame(): Promise<Frame> {
    return webviewWith(this.#page, '.grid');
  }

  /** Returns the rendered rows in order. */
  async rows(): Promise<readonly TableRow[]> {
    const frame = await this.frame();
    const rows = await frame.locator('.row').evaluateAll((elements) =>
      elements.map((element) => ({
        index: Number(element.getAttribute('aria-rowindex')),
        cells: Object.fromEntries(
          [...element.children].map((cell) => [cell.className, cell.textContent ?? '']),
        ),
      })),
    );
    return rows.sort((a, b) => a.index - b.index).map(({ cells }) => cells);
  }

  /** Waits for a row that fulfils the condition. */
  async row(what: string, isWanted: (row: TableRow) => boolean): Promise<TableRow> {
    return this.rowsThat(`a row ${what}`, (rows) => rows.some(isWanted)).then(
      (rows) => rows.find(isWanted) ?? {},
    );
  }

  /** Waits until the rows fulfil the condition. */
  async rowsThat(
    what: string,
    areWanted: (rows: readonly TableRow[]) => boolean,
  ): Promise<readonly TableRow[]> {
    let last: readonly TableRow[] = [];
    try {
      return await waitFor(what, async () => {
        last = await this.rows();
        return areWanted(last) ? last : undefined;
      });
    } catch (error) {
      throw new Error(`no ${what} among ${JSON.stringify(last, null, 1)}`, { cause: error });
    }
  }

  async filter(text: string): Promise<void> {
    const frame = await this.frame();
    await frame.locator('.filter').fill(text, { timeout: STEP_LIMIT_MS });
  }

  /** Waits until the view shows this text instead of rows. */
  async empty(text: RegExp): Promise<void> {
    const frame = await this.frame();
    await frame.locator('.empty', { hasText: text }).waitFor({ timeout: STEP_LIMIT_MS });
  }

  async clickButton(title: string): Promise<void> {
    const frame = await this.frame();
    await frame.locator('.empty button', { hasText: title }).click({ timeout: STEP_LIMIT_MS });
  }

  /** Gives the table the focus. The last row becomes the active row. */
  async focus(): Promise<void> {
    const frame = await this.frame();
    await frame.locator('.filter').click({ timeout: STEP_LIMIT_MS });
    await this.#page.keyboard.press('ArrowDown');
    await frame.locator('.grid:focus').waitFor({ timeout: STEP_LIMIT_MS });
  }

  /** Returns the text that a screen reader speaks for the active row. */
  async activeRow(): Promise<string> {
    const frame = await this.frame();
    return waitFor('the active row', async () => {
      const id = await frame.locator('.grid').getAttribute('aria-activedescendant');
      if (id === null) return undefined;
      return (
        (await frame.locator(`#${id}`).getAttribute('aria-label', { timeout: ATTEMPT_LIMIT_MS })) ?? undefined
      );
    });
  }

  /** Runs a command from the context menu of the last row whose path contains `path`. */
  async runFromContextMenu(path: string, command: string): Promise<void> {
    const frame = await this.frame();
    const item = this.#page.locator('.monaco-menu .action-menu-item', { hasText: command }).first();
    await waitFor(`the menu of ${path}`, async () => {
      const row = frame.locator('.row', { has: frame.locator('.target', { hasText: path }) }).last();
      await row.click({ button: 'right', timeout: ATTEMPT_LIMIT_MS });
      await item.waitFor({ timeout: ATTEMPT_LIMIT_MS });
      return true;
    });
    await runFromOpenMenu(this.#page, command);
  }

  /** Clicks the button of a command in the title of a view in the panel. */
  async runFromTitle(title: string, command: string): Promise<void> {
    const header = this.#page.locator(`.part.panel .pane-header[aria-label^="${title}"]`);
    await header.hover({ timeout: STEP_LIMIT_MS });
    await header.locator(`.action-label[aria-label^="${command}"]`).click({ timeout: STEP_LIMIT_MS });
  }

  /** Runs a command from the More Actions menu in the title of a view in the panel. */
  async runFromTitleMenu(title: string, command: string): Promise<void> {
    await this.runFromTitle(title, 'More Actions...');
    await runFromOpenMenu(this.#page, command);
  }
}
