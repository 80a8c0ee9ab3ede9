import type { WorkbenchWindow } from '../../workbench/harness/workbenchWindow.ts';

/** What VS Code itself measured: loading the code and the call of `activate`, milliseconds. */
export async function activationMs(window: WorkbenchWindow): Promise<number> {
  await window.runCommand('Developer: Show Running Extensions');
  const row = window.page.locator('.runtime-extensions-editor .monaco-list-row', {
    hasText: 'Kubernetes Port Forward',
  });
  const text = (await row.first().locator('.activation-time').textContent()) ?? '';
  await window.runCommand('View: Close All Editors');
  return Number(/(\d+)\s*ms/.exec(text)?.[1] ?? Number.NaN);
}
