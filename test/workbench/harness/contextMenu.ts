import type { Page } from 'playwright-core';
import { ATTEMPT_LIMIT_MS, STEP_LIMIT_MS, waitFor } from './limits.ts';

/** Runs a command of the context menu that is open. */
export async function runFromOpenMenu(page: Page, command: string): Promise<void> {
  const item = page.locator('.monaco-menu .action-menu-item', { hasText: command }).first();
  await item.hover({ timeout: STEP_LIMIT_MS });
  // Waits until an item has the focus. A menu that has just opened ignores clicks until then.
  await page.locator('.monaco-menu .action-item.focused').first().waitFor({ timeout: STEP_LIMIT_MS });
  await waitFor(`the menu to run ${command}`, async () => {
    if (!(await item.isVisible())) return true;
    await item.click({ timeout: ATTEMPT_LIMIT_MS });
    return !(await item.isVisible());
  });
}
