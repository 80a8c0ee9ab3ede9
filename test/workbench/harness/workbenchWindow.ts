import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { BrowserContext, Locator, Page } from 'playwright-core';
import { ATTEMPT_LIMIT_MS, START_LIMIT_MS, STEP_LIMIT_MS, waitFor } from './limits.ts';
import { Notifications } from './notifications.ts';
import { QuickInput } from './quickInput.ts';
import { Tree } from './tree.ts';

/** The folder of the tests' pictures, outside of version control. */
const OUTPUT = join(import.meta.dirname, '..', 'output');

/** A VS Code window as a person sees and uses it. */
export class WorkbenchWindow {
  readonly page: Page;
  readonly quickInput: QuickInput;
  readonly notifications: Notifications;
  readonly #context: BrowserContext;

  private constructor(context: BrowserContext, page: Page) {
    this.#context = context;
    this.page = page;
    this.quickInput = new QuickInput(page);
    this.notifications = new Notifications(page);
  }

  /** Opens a window on a server and waits until the workbench is loaded. */
  static async open(context: BrowserContext, url: string): Promise<WorkbenchWindow> {
    const page = await context.newPage();
    const window = new WorkbenchWindow(context, page);
    await page.goto(url, { timeout: START_LIMIT_MS });
    await window.#waitUntilLoaded();
    return window;
  }

  /** Closes the window as a person would. */
  async close(): Promise<void> {
    await this.#context.close();
  }

  async reload(): Promise<void> {
    await this.page.reload({ timeout: START_LIMIT_MS });
    await this.#waitUntilLoaded();
  }

  tree(title: string): Tree {
    return new Tree(this.page, title);
  }

  /** Opens a view container by its title in the activity bar. */
  async openView(title: string): Promise<void> {
    const action = this.page.locator(`.activitybar .action-label[aria-label^="${title}"]`);
    await action.waitFor({ timeout: START_LIMIT_MS });
    const heading = this.page.locator('.part.sidebar .composite.title', { hasText: title });
    // A badge may cover it.
    if (!(await heading.isVisible())) await action.click({ timeout: STEP_LIMIT_MS, force: true });
    await heading.waitFor({ timeout: STEP_LIMIT_MS });
  }

  /** Returns the text of the badge of a view container; undefined without one, empty for one that shows progress. */
  async badge(title: string): Promise<string | undefined> {
    const item = this.page.locator('.activitybar .action-item', {
      has: this.page.locator(`.action-label[aria-label^="${title}"]`),
    });
    const badge = item.locator('.badge');
    return (await badge.isVisible())
      ? ((await badge.locator('.badge-content').textContent()) ?? '')
      : undefined;
  }

  /**
   * Presses a key, again if `happened` rejects soon: VS Code loses a key while it redraws a tree, and learns of a selection a
   * moment after the click.
   */
  async pressUntil(key: string, happened: () => Promise<unknown>): Promise<void> {
    await waitFor(`${key} to do something`, async () => {
      await this.page.keyboard.press(key);
      await happened();
      return true;
    });
  }

  /** Runs a command by its title, `Category: Title`, once the palette lists it. */
  async runCommand(title: string): Promise<void> {
    await this.openPalette(title);
    await this.quickInput.accept();
  }

  /**
   * Runs a command that asks something, again if its question does not stay: VS Code returns the focus to a tree that it
   * redraws, and a question without the focus disappears.
   */
  async runCommandThatAsks(command: string, question: string): Promise<void> {
    await waitFor(`${command} to ask`, async () => {
      await this.runCommand(command);
      await this.quickInput.waitForTitle(question, ATTEMPT_LIMIT_MS);
      return true;
    });
  }

  /** Types a command's title into the palette and waits until Enter would run it. */
  async openPalette(title: string): Promise<void> {
    await waitFor(`the command ${title}`, async () => {
      // An open palette keeps the commands from the time when it opened.
      if ((await this.quickInput.title()) !== undefined) await this.quickInput.cancel(ATTEMPT_LIMIT_MS);
      await this.page.keyboard.press('F1');
      await this.quickInput.type(`>${title}`, ATTEMPT_LIMIT_MS);
      const focused = this.page.locator(
        `.quick-input-list .monaco-list-row.focused[aria-label^=${JSON.stringify(title)}]`,
      );
      try {
        await focused.waitFor({ timeout: ATTEMPT_LIMIT_MS });
        return true;
      } catch {
        return undefined;
      }
    });
  }

  /** Returns a visible status bar item; undefined while it is hidden. */
  async statusBarItem(id: string): Promise<StatusBarItem | undefined> {
    // Read in one step, because an item may disappear between two.
    const [item] = await this.page.locator(`.statusbar-item[id$="${id}"]`).evaluateAll((elements) =>
      elements
        .filter((element) => element.checkVisibility())
        .map((element) => ({
          text: (element.textContent ?? '').trim(),
          icon: /codicon-([\w-]+)/.exec(element.querySelector('.codicon')?.className ?? '')?.[1] ?? '',
          isWarning: element.classList.contains('warning-kind'),
          accessibleName: element.querySelector('a')?.getAttribute('aria-label') ?? '',
        })),
    );
    return item;
  }

  /** Waits until a status bar item fulfils the condition. */
  async waitForStatusBar(
    id: string,
    isWanted: (item: StatusBarItem | undefined) => boolean,
  ): Promise<StatusBarItem | undefined> {
    let item: StatusBarItem | undefined;
    try {
      return await waitFor(`status bar item ${id}`, async () => {
        item = await this.statusBarItem(id);
        return isWanted(item) ? { item } : undefined;
      }).then((found) => found.item);
    } catch (error) {
      throw new Error(`status bar item ${id} is ${JSON.stringify(item)}`, { cause: error });
    }
  }

  async clickStatusBar(id: string): Promise<void> {
    await this.page.locator(`.statusbar-item[id$="${id}"] a`).click({ timeout: STEP_LIMIT_MS });
  }

  /** Returns the lines of the output channel in the panel. */
  async outputLines(): Promise<readonly string[]> {
    const lines = this.page.locator('.part.panel .view-lines .view-line');
    await lines.first().waitFor({ timeout: STEP_LIMIT_MS });
    const found = await lines.evaluateAll((elements) =>
      elements
        .map((element) => ({
          top: Number.parseFloat(/top: ?([\d.]+)/.exec(element.getAttribute('style') ?? '')?.[1] ?? '0'),
          text: element.textContent ?? '',
        }))
        .sort((a, b) => a.top - b.top)
        .map((line) => line.text),
    );
    return found.map((line) => line.replaceAll('\u00a0', ' '));
  }

  /** Returns the line of the cursor in the settings, which VS Code shows in an editor above the others; undefined without one. */
  async lineInSettings(): Promise<string | undefined> {
    const found = await this.#settings()
      .locator('.monaco-editor')
      .evaluateAll((editors) =>
        editors.map((editor) => {
          const cursor = editor.querySelector('.cursors-layer .cursor')?.getBoundingClientRect();
          const line = [...editor.querySelectorAll('.view-line')].find((each) => {
            const { top, bottom } = each.getBoundingClientRect();
            const middle = cursor === undefined ? -1 : (cursor.top + cursor.bottom) / 2;
            return top < middle && middle < bottom;
          });
          return line?.textContent ?? '';
        }),
      );
    return found[0]?.replaceAll('\u00a0', ' ');
  }

  async closeSettings(): Promise<void> {
    await this.#settings().locator('.codicon-close').last().click({ timeout: STEP_LIMIT_MS });
    await this.#settings().waitFor({ state: 'hidden', timeout: STEP_LIMIT_MS });
  }

  /** Returns the page of a popup that a command opens. The caller closes it. */
  async popup(open: () => Promise<void>): Promise<Page> {
    const opened = this.#context.waitForEvent('page', { timeout: STEP_LIMIT_MS });
    await open();
    return opened;
  }

  async clipboard(): Promise<string> {
    return this.page.evaluate<string>('navigator.clipboard.readText()');
  }

  /** Saves a picture of the window in the tests' output folder. */
  async screenshot(name: string): Promise<string> {
    mkdirSync(OUTPUT, { recursive: true });
    const path = join(OUTPUT, `${name}.png`);
    await this.page.screenshot({ path });
    return path;
  }

  #settings(): Locator {
    return this.page.locator('.monaco-modal-editor-block');
  }

  async #waitUntilLoaded(): Promise<void> {
    await this.page.locator('.monaco-workbench .part.statusbar').waitFor({ timeout: START_LIMIT_MS });
  }
}

export interface StatusBarItem {
  readonly text: string;
  /** The name of its first codicon. */
  readonly icon: string;
  readonly isWarning: boolean;
  readonly accessibleName: string;
}
