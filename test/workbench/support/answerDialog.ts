import type { WorkbenchWindow } from '../harness/workbenchWindow.ts';

/** Answers the question before a tool runs. Returns its text. */
export async function answerDialog(window: WorkbenchWindow, button: string): Promise<string> {
  const dialog = window.page.locator('.monaco-dialog-box');
  await dialog.waitFor();
  await window.screenshot('tool');
  const text = ((await dialog.textContent()) ?? '').replaceAll('\u00a0', ' ');
  await dialog.getByText(button, { exact: true }).click();
  await dialog.waitFor({ state: 'detached' });
  return text;
}
