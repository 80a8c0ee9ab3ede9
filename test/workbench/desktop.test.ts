import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { bundleDesktopTest } from '../desktop/desktopTest.ts';
import { COMPANION, Companion } from './support/companion.ts';
import { scenario } from './support/scenario.ts';
import { makeWorkspaceFolder } from './support/workspaceFolder.ts';

const folder = makeWorkspaceFolder();
const companion = new Companion(folder.path);
const bundles = realpathSync(mkdtempSync(join(tmpdir(), 'desktop-')));
after(() => rmSync(bundles, { recursive: true, force: true }));

const { test } = scenario('desktop', { workbench: { folder: folder.path, others: [COMPANION] } });

test('the test of the desktop VS Code passes in a window of a server', async () => {
  await companion.ready();
  await companion.call('runModule', await bundleDesktopTest(bundles));
});
