import { EXTENSION_ID } from '../../../src/contributions.ts';
import { waitFor } from '../../workbench/harness/limits.ts';
import type { WorkbenchWindow } from '../../workbench/harness/workbenchWindow.ts';
import { median } from '../statistics.ts';

/** How long an activation took, in milliseconds, as measured by VS Code itself. */
export interface Activation {
  readonly loadMs: number;
  readonly callMs: number;
  /** The time for loading and activation of VS Code's built-in extensions: the median of all of them. */
  readonly builtInMs: number;
}

/** Reads the times of the extension and of the built-in extensions from VS Code's startup report. */
export async function readActivation(window: WorkbenchWindow): Promise<Activation> {
  await window.runCommand('Developer: Startup Performance');
  const editor = window.page.locator('.editor-instance .monaco-editor').first();
  const report = await waitFor('the extension in the report of the start', async () => {
    await editor.click({ position: { x: 200, y: 60 } });
    await window.page.keyboard.press('Control+A');
    await window.page.keyboard.press('Control+C');
    const text = await window.clipboard();
    return text.includes(EXTENSION_ID) ? text : undefined;
  });
  const rows = report.split('\n').map(parseRow);
  const own = rows.find((row) => row?.extension === EXTENSION_ID);
  const builtIn = rows.filter((row) => row?.extension.startsWith('vscode.'));
  return {
    loadMs: own?.loadMs ?? Number.NaN,
    callMs: own?.callMs ?? Number.NaN,
    builtInMs: median(builtIn.map((row) => (row?.loadMs ?? 0) + (row?.callMs ?? 0))),
  };
}

/** Parses a row of the report: `| extension | eager | load code | call activate | finish activate | event | by |`. */
function parseRow(
  line: string,
): { readonly extension: string; readonly loadMs: number; readonly callMs: number } | undefined {
  const [, extension = '', eager = '', load = '', call = ''] = line.split('|').map((cell) => cell.trim());
  if (eager !== 'true' && eager !== 'false') return undefined;
  return { extension, loadMs: Number.parseFloat(load), callMs: Number.parseFloat(call) };
}
