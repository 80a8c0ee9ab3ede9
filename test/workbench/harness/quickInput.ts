import { basename } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { ATTEMPT_LIMIT_MS, STEP_LIMIT_MS, waitFor } from './limits.ts';

/** The widget with which VS Code shows both quick picks and input boxes. */
export class QuickInput {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  /** Waits until a pick or an input box with that title is visible. */
  async waitForTitle(title: string | RegExp, limitMs: number = STEP_LIMIT_MS): Promise<void> {
    const isWanted = (shown: string) => (typeof title === 'string' ? shown === title : title.test(shown));
    await waitFor(
      `a quick input titled ${title}`,
      async () => {
        const shown = await this.title();
        return shown !== undefined && isWanted(shown);
      },
      limitMs,
    );
  }

  /**
   * Returns the title of the visible quick pick or input box, which is empty if there is no title. Returns undefined if
   * neither is visible.
   */
  async title(): Promise<string | undefined> {
    if (!(await this.#widget().isVisible())) return undefined;
    return (await this.#widget().locator('.quick-input-title').textContent()) ?? '';
  }

  async waitUntilClosed(): Promise<void> {
    await this.#widget().waitFor({ state: 'hidden', timeout: STEP_LIMIT_MS });
  }

  /** Waits until the quick pick has an item. Returns all items, each in the form `label  description`. */
  async items(): Promise<readonly string[]> {
    const rows = this.#rows();
    await rows.first().waitFor({ timeout: STEP_LIMIT_MS });
    return rows.evaluateAll((elements) =>
      elements
        .sort((a, b) => Number(a.getAttribute('data-index')) - Number(b.getAttribute('data-index')))
        .map((element) => {
          const label = element.querySelector('.label-name')?.textContent ?? '';
          const description = element.querySelector('.label-description')?.textContent ?? '';
          return `${label}  ${description}`.trim();
        }),
    );
  }

  /** Returns the label of the row that has the focus, or an empty text if no row has the focus. */
  async focused(): Promise<string> {
    const labels = this.#widget().locator('.quick-input-list .monaco-list-row.focused .label-name');
    return (await labels.allTextContents()).join();
  }

  /** Chooses the first row that contains `text`. */
  async pick(text: string): Promise<void> {
    await this.#rows().filter({ hasText: text }).first().click({ timeout: STEP_LIMIT_MS });
  }

  /** Clicks a button of the first row that contains `rowText`. Without `rowText`, clicks a button in the title. */
  async clickButton(name: string, rowText?: string): Promise<void> {
    const row = rowText === undefined ? this.#widget() : this.#rows().filter({ hasText: rowText }).first();
    if (rowText !== undefined) await row.hover({ timeout: STEP_LIMIT_MS });
    await row.locator(`.action-label[aria-label^="${name}"]`).first().click({ timeout: STEP_LIMIT_MS });
  }

  /**
   * Chooses a file by its path in VS Code's own file dialog. Clicks the dialog's button repeatedly, because the dialog
   * ignores its button while it checks the path.
   */
  async chooseFile(path: string, button: string): Promise<void> {
    await this.type(path);
    await this.#rows()
      .filter({ hasText: basename(path) })
      .first()
      .waitFor({ timeout: STEP_LIMIT_MS });
    await waitFor(`${button} to take ${path}`, async () => {
      if (!(await this.#widget().isVisible())) return true;
      await this.#widget()
        .locator('.monaco-button')
        .getByText(button, { exact: true })
        .first()
        .click({ timeout: ATTEMPT_LIMIT_MS });
      await this.#widget().waitFor({ state: 'hidden', timeout: ATTEMPT_LIMIT_MS });
      return true;
    });
  }

  async type(text: string, limitMs: number = STEP_LIMIT_MS): Promise<void> {
    await this.#input().fill(text, { timeout: limitMs });
  }

  /** Types a text into an input box, and accepts it. */
  async enter(text: string): Promise<void> {
    await this.type(text);
    await this.accept();
  }

  async accept(): Promise<void> {
    await this.#input().press('Enter', { timeout: STEP_LIMIT_MS });
  }

  async cancel(limitMs: number = STEP_LIMIT_MS): Promise<void> {
    await this.#input().press('Escape', { timeout: limitMs });
  }

  async value(): Promise<string> {
    return this.#input().inputValue({ timeout: STEP_LIMIT_MS });
  }

  /** Returns the text below an input box: the prompt, or an error message if the typed value is invalid. */
  async message(): Promise<string> {
    return (await this.#widget().locator('.quick-input-message').textContent()) ?? '';
  }

  #widget(): Locator {
    return this.#page.locator('.quick-input-widget');
  }

  #input(): Locator {
    return this.#widget().locator('.quick-input-box input');
  }

  #rows(): Locator {
    return this.#widget().locator('.quick-input-list .monaco-list-row');
  }
}
