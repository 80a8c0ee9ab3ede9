import type { Locator, Page } from 'playwright-core';
import { STEP_LIMIT_MS } from './limits.ts';

/** The toasts of a window. */
export class Notifications {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  /** Texts of the toasts that show now. */
  async texts(): Promise<readonly string[]> {
    return (await this.#toasts().locator('.notification-list-item-message').allTextContents()).map(plain);
  }

  /** Waits for a toast whose text contains `text`, and hands its whole text and its buttons over. */
  async waitFor(
    text: string,
    limitMs: number = STEP_LIMIT_MS,
  ): Promise<{ readonly text: string; readonly buttons: readonly string[] }> {
    const toast = this.#toast(text);
    await toast.waitFor({ timeout: limitMs });
    return {
      text: plain((await toast.locator('.notification-list-item-message').textContent()) ?? ''),
      buttons: await toast.locator('.monaco-button').allTextContents(),
    };
  }

  async click(text: string, button: string): Promise<void> {
    await this.#toast(text)
      .locator('.monaco-button')
      .getByText(button, { exact: true })
      .click({ timeout: STEP_LIMIT_MS });
  }

  async waitUntilGone(text: string): Promise<void> {
    await this.#toast(text).waitFor({ state: 'detached', timeout: STEP_LIMIT_MS });
  }

  #toast(text: string): Locator {
    return this.#toasts().filter({ hasText: text }).first();
  }

  #toasts(): Locator {
    return this.#page.locator('.notifications-toasts .notification-list-item');
  }
}

function plain(text: string): string {
  return text.replaceAll('\u00a0', ' ').trim();
}
