import { type Browser, chromium } from 'playwright-core';
import type { WorkbenchInstallation } from './installation.ts';
import { START_LIMIT_MS } from './limits.ts';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--hide-scrollbars',
];

/** Starts the headless browser. The caller closes it. */
export function launchBrowser(installation: WorkbenchInstallation): Promise<Browser> {
  return chromium.launch({
    executablePath: installation.chromium,
    args: FLAGS,
    env: { ...process.env, ...installation.chromiumEnvironment },
    timeout: START_LIMIT_MS,
  });
}
