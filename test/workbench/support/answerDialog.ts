import type { WorkbenchWindow } from '../harness/workbenchWindow.ts';

/** Clicks a button of the dialog in which VS Code asks for permission to run a tool. Returns the text of the dialog. */
export async function answerDialog(window: WorkbenchWindow, button: string): Promise<string> {
  const dialog = window.page.locator('.monaco-dialog-box');
  await dialog.waitFor();
  await window.screenshot('tool');
  const text = ((await dialog.textContent()) ?? '').replaceAll('\u00a0', ' ');
  await dialog.getByText(button, { exact: true }).click();
  await dialog.waitFor({ state: 'detached' });
  return text;
}
