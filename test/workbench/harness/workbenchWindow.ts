import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { ATTEMPT_LIMIT_MS, START_LIMIT_MS, STEP_LIMIT_MS, waitFor } from './limits.ts';
import { Notifications } from './notifications.ts';
import { QuickInput } from './quickInput.ts';
import { Tree } from './tree.ts';

/** Where tests leave their pictures; not under version control. */
const OUTPUT = join(import.meta.dirname, '..', 'output');

/** One VS Code window: what a person sees of it and does in it. */
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

  /** Opens a window on a server and waits until the workbench stands. */
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
    // A badge may lie over it.
    if (!(await heading.isVisible())) await action.click({ timeout: STEP_LIMIT_MS, force: true });
    await heading.waitFor({ timeout: STEP_LIMIT_MS });
  }

  /** The text of the badge of a view container; undefined without one, empty for one that shows progress. */
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
   * Presses a key, again where `happened` rejects, which is to be soon: VS Code loses a key while it draws a tree anew, and
   * hears of a selection a moment after the click.
   */
  async pressUntil(key: string, happened: () => Promise<unknown>): Promise<void> {
    await waitFor(`${key} to do something`, async () => {
      await this.page.keyboard.press(key);
      await happened();
      return true;
    });
  }

  /** Runs a command by its title in the palette, `Category: Title`. Waits until the palette has it. */
  async runCommand(title: string): Promise<void> {
    await this.openPalette(title);
    await this.quickInput.accept();
  }

  /**
   * Runs a command that asks something, again where its question does not stay: VS Code gives the focus back to a tree that
   * it draws anew at that moment, and a question that loses the focus is gone.
   */
  async runCommandThatAsks(command: string, question: string): Promise<void> {
    await waitFor(`${command} to ask`, async () => {
      await this.runCommand(command);
      await this.quickInput.waitForTitle(question, ATTEMPT_LIMIT_MS);
      return true;
    });
  }

  /** Types a command's title into the palette and waits until it is the one that Enter would run. */
  async openPalette(title: string): Promise<void> {
    await waitFor(`the command ${title}`, async () => {
      // A palette that is open keeps the commands that there were when it opened.
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

  /** A status bar item as a person sees it: undefined while it is hidden. */
  async statusBarItem(id: string): Promise<StatusBarItem | undefined> {
    // All at once: an item may go between two looks at it.
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

  /** Waits until a status bar item is as wanted. */
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

  /** The lines of the output channel that the panel shows. */
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

  /** Where a popup that a command opens leads. Its page is closed again. */
  async popup(open: () => Promise<void>): Promise<Page> {
    const opened = this.#context.waitForEvent('page', { timeout: STEP_LIMIT_MS });
    await open();
    return opened;
  }

  async clipboard(): Promise<string> {
    return this.page.evaluate<string>('navigator.clipboard.readText()');
  }

  /** Leaves a picture of the window in the tests' output folder. */
  async screenshot(name: string): Promise<string> {
    mkdirSync(OUTPUT, { recursive: true });
    const path = join(OUTPUT, `${name}.png`);
    await this.page.screenshot({ path });
    return path;
  }

  async #waitUntilLoaded(): Promise<void> {
    await this.page.locator('.monaco-workbench .part.statusbar').waitFor({ timeout: START_LIMIT_MS });
  }
}

export interface StatusBarItem {
  readonly text: string;
  /** Name of its first codicon. */
  readonly icon: string;
  readonly isWarning: boolean;
  readonly accessibleName: string;
}
