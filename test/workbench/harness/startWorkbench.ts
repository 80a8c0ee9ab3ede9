import type { Browser } from 'playwright-core';
import { launchBrowser } from './browser.ts';
import { ensureWorkbenchInstalled } from './installation.ts';
import {
  startWorkbenchServer,
  type WorkbenchServer,
  type WorkbenchServerOptions,
} from './workbenchServer.ts';
import { WorkbenchWindow } from './workbenchWindow.ts';

/** A VS Code with a first window. Disposing of it closes every window and ends every process of it. */
export interface Workbench extends AsyncDisposable {
  readonly server: WorkbenchServer;
  readonly window: WorkbenchWindow;
  /** Another window on the same folder, with an extension host of its own. */
  openWindow(): Promise<WorkbenchWindow>;
}

/** Size of a window, in pixels. */
const VIEWPORT = { width: 1280, height: 800 };

/** Starts a real VS Code with the extension in a headless browser. */
export async function startWorkbench(options: WorkbenchServerOptions): Promise<Workbench> {
  const installation = ensureWorkbenchInstalled((line) => process.stderr.write(`${line}\n`));
  await using started = new AsyncDisposableStack();
  const server = started.use(await startWorkbenchServer(installation, options));
  const browser = started.adopt(await launchBrowser(installation), (owned) => owned.close());
  const window = await openWindow(browser, server);
  const owned = started.move();
  return {
    server,
    window,
    openWindow: () => openWindow(browser, server),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function openWindow(browser: Browser, server: WorkbenchServer): Promise<WorkbenchWindow> {
  const context = await browser.newContext({
    viewport: VIEWPORT,
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  return WorkbenchWindow.open(context, server.url);
}
