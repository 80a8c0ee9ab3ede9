import type { Browser } from 'playwright-core';
import { launchBrowser } from './browser.ts';
import { ensureWorkbenchInstalled } from './installation.ts';
import {
  startWorkbenchServer,
  type WorkbenchServer,
  type WorkbenchServerOptions,
} from './workbenchServer.ts';
import { WorkbenchWindow } from './workbenchWindow.ts';

/** A running VS Code with one window at first. Disposing of it closes all windows and ends all processes. */
export interface Workbench extends AsyncDisposable {
  readonly server: WorkbenchServer;
  readonly window: WorkbenchWindow;
  /** All windows, in the order in which they were opened. */
  readonly windows: readonly WorkbenchWindow[];
  /** Opens another window on the same folder with its own extension host. */
  openWindow(): Promise<WorkbenchWindow>;
}

export interface WorkbenchOptions extends WorkbenchServerOptions {
  /** The size of a window in pixels. VS Code renders only visible rows, so tests find more rows in a high window. */
  readonly viewport?: { readonly width: number; readonly height: number };
}

const VIEWPORT = { width: 1280, height: 800 };

/** Starts a VS Code server with the extension, and opens a window of the server in a headless browser. */
export async function startWorkbench(options: WorkbenchOptions): Promise<Workbench> {
  const installation = ensureWorkbenchInstalled((line) => process.stderr.write(`${line}\n`));
  await using started = new AsyncDisposableStack();
  const server = started.use(await startWorkbenchServer(installation, options));
  const browser = started.adopt(await launchBrowser(installation), (owned) => owned.close());
  const viewport = options.viewport ?? VIEWPORT;
  const window = await openWindow(browser, server, viewport);
  const windows = [window];
  const owned = started.move();
  return {
    server,
    window,
    windows,
    async openWindow() {
      const other = await openWindow(browser, server, viewport);
      windows.push(other);
      return other;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function openWindow(
  browser: Browser,
  server: WorkbenchServer,
  viewport: { readonly width: number; readonly height: number },
): Promise<WorkbenchWindow> {
  const context = await browser.newContext({
    viewport,
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  return WorkbenchWindow.open(context, server.url);
}
