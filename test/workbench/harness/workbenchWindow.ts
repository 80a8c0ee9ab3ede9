import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { BrowserContext, Locator, Page } from 'playwright-core';
import { ATTEMPT_LIMIT_MS, START_LIMIT_MS, STEP_LIMIT_MS, waitFor } from './limits.ts';
import { Notifications } from './notifications.ts';
import { QuickInput } from './quickInput.ts';
import { Tree } from './tree.ts';

/** The folder for pictures that tests take. Git ignores this folder. */
const OUTPUT = join(import.meta.dirname, '..', 'output');

/** Reads and uses a VS Code window as a person does. */
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

  /** Opens a window at the URL of a VS Code server, and waits until the window is loaded. */
  static async open(context: BrowserContext, url: string): Promise<WorkbenchWindow> {
    const page = await context.newPage();
    const window = new WorkbenchWindow(context, page);
    await page.goto(url, { timeout: START_LIMIT_MS });
    await window.#waitUntilLoaded();
    return window;
  }

  /** Closes the window and its popups. */
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

  /** Opens a group of views with the icon in the Activity Bar that has this title. */
  async openView(title: string): Promise<void> {
    const action = this.page.locator(`.activitybar .action-label[aria-label^="${title}"]`);
    await action.waitFor({ timeout: START_LIMIT_MS });
    const heading = this.page.locator('.part.sidebar .composite.title', { hasText: title });
    // `force` clicks the icon although a badge may cover it.
    if (!(await heading.isVisible())) await action.click({ timeout: STEP_LIMIT_MS, force: true });
    await heading.waitFor({ timeout: STEP_LIMIT_MS });
  }

  /**
   * Returns the text of the badge on an icon in the Activity Bar. Returns undefined if there is no badge. The text is
   * empty if the badge shows progress.
   */
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
   * Presses a key. Presses the key again if `happened` rejects. VS Code can lose a key while it redraws a tree, and it
   * can run the key's command before it knows the new selection.
   * @param happened resolves when the key had its effect, or rejects after a short time
   */
  async pressUntil(key: string, happened: () => Promise<unknown>): Promise<void> {
    await waitFor(`${key} to do something`, async () => {
      await this.page.keyboard.press(key);
      await happened();
      return true;
    });
  }

  /** Waits until the Command Palette lists a command, and runs it. @param title in the form `Category: Title` */
  async runCommand(title: string): Promise<void> {
    await this.openPalette(title);
    await this.quickInput.accept();
  }

  /**
   * Runs a command that opens a quick pick or an input box. Runs the command again if this question does not stay open.
   * A question closes when it loses the focus, and VS Code may give the focus back to a tree that it redraws.
   * @param question the title of the quick pick or input box
   */
  async runCommandThatAsks(command: string, question: string): Promise<void> {
    await waitFor(`${command} to ask`, async () => {
      await this.runCommand(command);
      await this.quickInput.waitForTitle(question, ATTEMPT_LIMIT_MS);
      return true;
    });
  }

  /** Types the title of a command into the Command Palette. Waits until Enter would run this command. */
  async openPalette(title: string): Promise<void> {
    await waitFor(`the command ${title}`, async () => {
      // Closes a palette that is still open, because it does not list commands that became available later.
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

  /** Returns a status bar item, or undefined if it is not visible. */
  async statusBarItem(id: string): Promise<StatusBarItem | undefined> {
    // Reads everything in a single call. Between two calls, the item could disappear.
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

  /** Waits until the condition `isWanted` is true for a status bar item. The item is undefined while it is hidden. */
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

  /** Returns the lines that the Output panel shows. */
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

  /**
   * Returns the line with the cursor in the settings file. VS Code shows the settings file in a dialog above all other
   * editors. Returns undefined if the dialog is not open.
   */
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

  /** Calls `open`, which opens a new browser page. Returns this page. The caller closes it. */
  async popup(open: () => Promise<void>): Promise<Page> {
    const opened = this.#context.waitForEvent('page', { timeout: STEP_LIMIT_MS });
    await open();
    return opened;
  }

  async clipboard(): Promise<string> {
    return this.page.evaluate<string>('navigator.clipboard.readText()');
  }

  /** Saves a picture of the window. Returns the path of the file. */
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
  /** The name of the item's first icon in VS Code's icon set (codicons). Empty if there is no icon. */
  readonly icon: string;
  readonly isWarning: boolean;
  readonly accessibleName: string;
}
