import type { Locator, Page } from 'playwright-core';
import { ATTEMPT_LIMIT_MS, STEP_LIMIT_MS, waitFor } from './limits.ts';

/** The notifications of a window. VS Code first shows them as toasts, in the corner of the window. */
export class Notifications {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  /** Returns the texts of the visible toasts. */
  async texts(): Promise<readonly string[]> {
    return (await this.#toasts().locator('.notification-list-item-message').allTextContents()).map(plain);
  }

  /**
   * Waits for a toast that contains or matches `text`. Returns the toast's whole text and the titles of its buttons.
   */
  async waitFor(
    text: string | RegExp,
    limitMs: number = STEP_LIMIT_MS,
  ): Promise<{ readonly text: string; readonly buttons: readonly string[] }> {
    const toast = this.#toast(text);
    await toast.waitFor({ timeout: limitMs });
    return {
      text: plain((await toast.locator('.notification-list-item-message').textContent()) ?? ''),
      buttons: await toast.locator('.monaco-button').allTextContents(),
    };
  }

  /**
   * Clicks a button of a notification. If VS Code has hidden its toast, which happens after some seconds, opens the
   * notification center and clicks the button there.
   */
  async click(text: string, button: string): Promise<void> {
    await waitFor(`${button} of "${text}"`, async () => {
      if (!(await this.#toast(text).isVisible())) await this.#showAll();
      await this.#page
        .locator('.notifications-toasts, .notifications-center')
        .locator('.notification-list-item')
        .filter({ hasText: text })
        .first()
        .locator('.monaco-button')
        .getByText(button, { exact: true })
        .click({ timeout: ATTEMPT_LIMIT_MS });
      return true;
    });
    // Closes the notification center, because VS Code shows no toasts while it is open.
    const hide = this.#page.locator('.notifications-center .codicon-notifications-hide');
    if (await hide.isVisible()) await hide.click({ timeout: ATTEMPT_LIMIT_MS });
  }

  /** Clicks the first button with that title in any toast. */
  async clickAny(title: RegExp): Promise<void> {
    await this.#toasts()
      .locator('.monaco-button', { hasText: title })
      .first()
      .click({ timeout: ATTEMPT_LIMIT_MS });
  }

  async waitUntilGone(text: string): Promise<void> {
    await this.#toast(text).waitFor({ state: 'detached', timeout: STEP_LIMIT_MS });
  }

  async #showAll(): Promise<void> {
    const centre = this.#page.locator('.notifications-center');
    if (await centre.isVisible()) return;
    await this.#page
      .locator('.statusbar-item[id="status.notifications"] a')
      .click({ timeout: ATTEMPT_LIMIT_MS });
    await centre.waitFor({ timeout: ATTEMPT_LIMIT_MS });
  }

  #toast(text: string | RegExp): Locator {
    return this.#toasts().filter({ hasText: text }).first();
  }

  #toasts(): Locator {
    return this.#page.locator('.notifications-toasts .notification-list-item');
  }
}

function plain(text: string): string {
  return text.replaceAll('\u00a0', ' ').trim();
}
