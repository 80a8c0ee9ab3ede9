// Takes the pictures of the README and the docs. Build first, and then run:
// `node scripts/bootstrap.mjs test/workbench/takeScreenshots.ts`
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { RequestsTable } from './harness/requestsTable.ts';
import type { WorkbenchWindow } from './harness/workbenchWindow.ts';
import { startFixture } from './support/fixture.ts';
import { parseKubeconfig, writeKubeconfig } from './support/kubeconfig.ts';
import { presentable, widenSideBar } from './support/pictures.ts';
import { fetchText } from './support/ports.ts';

const FOLDER = join('media', 'screenshots');
const VIEWPORT = { width: 1120, height: 720 };
const THEME = 'Default Light Modern';

mkdirSync(FOLDER, { recursive: true });
{
  await using fixture = await startFixture({
    cluster: {},
    workbench: {
      viewport: VIEWPORT,
      settings: { 'workbench.colorTheme': THEME, 'window.title': 'Kubernetes Port Forward' },
    },
  });
  const { cluster, window } = fixture;
  writeKubeconfig(cluster.kubeconfigPath, presentable(parseKubeconfig(cluster.kubeconfig)));
  const take = async (state: string): Promise<void> => {
    await window.page.mouse.move(700, 300);
    await window.page.screenshot({ path: join(FOLDER, `${state}.png`) });
  };
  await takeForwarding(window, take);
  await takeRequests(window, take);
  await takeFailures(window, take);
}

async function takeForwarding(
  window: WorkbenchWindow,
  take: (state: string) => Promise<void>,
): Promise<void> {
  await window.openView('Port Forward');
  const clusters = window.tree('Clusters');
  await clusters.row('production');
  await widenSideBar(window);
  await clusters.expand('kind-shop', 'demo');
  await clusters.row('multi');
  await clusters.openContextMenu(/^Pod multi/);
  await clusters.menuIsShown();
  await take('context-menu');
  await window.page.keyboard.press('Escape');
  await clusters.runInline('multi', 'Forward Port...');
  await window.quickInput.items();
  await take('ports');
  await window.quickInput.type('8081:8080');
  await window.quickInput.pick('8081:8080');
  await window.notifications.waitFor('→ pod/multi:8080');
  await fetchText(8081);
  await clusters.runInline('db-0', 'Forward Port...');
  await window.notifications.waitFor('→ pod/db-0:6379');
  await window.runCommand('Notifications: Clear All Notifications');
  await window.tree('Forwards').expand(/^pod\/multi:8080/);
  await window.runCommand('Kubernetes Port Forward: Show Output');
  await window.outputLines();
  await take('output');
}

/** Shows requests in the Requests view, some of which fail, and the traffic of a download next to them. */
async function takeRequests(window: WorkbenchWindow, take: (state: string) => Promise<void>): Promise<void> {
  await window.runCommand('Requests: Focus on Requests View');
  await window.runCommand('View: Toggle Maximized Panel');
  const table = new RequestsTable(window.page);
  await table.clickButton('Log Requests');
  await window.quickInput.pick('All Forwarded Ports');
  await table.empty(/^No requests yet\./);
  for (const path of ['/', '/healthz', '/api/pod?verbose=1', '/api/headers', '/status/404', '/api/time']) {
    await fetchText(8081, path);
  }
  await Promise.all([fetchText(8081, '/bytes?n=40000000'), fetchText(8081, '/status/503')]);
  await fetchText(8081, '/api/pod?verbose=1');
  await table.rowsThat('the last request', (rows) => rows.at(-1)?.['target'] === '/api/pod?verbose');
  await table.focus();
  await window.page.keyboard.press('ArrowUp');
  await take('requests');
  await window.runCommand('View: Toggle Maximized Panel');
  await window.runCommand('Notifications: Clear All Notifications');
}

async function takeFailures(window: WorkbenchWindow, take: (state: string) => Promise<void>): Promise<void> {
  const clusters = window.tree('Clusters');
  await window.runCommand('View: Hide Panel');
  await window.tree('Forwards').collapse(/^pod\/multi:8080/);
  await clusters.collapse('kind-shop');
  await clusters.expand('production', 'demo');
  await clusters.runInline('echo', 'Forward Port...');
  await window.notifications.waitFor("Couldn't forward pod/echo:7:");
  await window.tree('Forwards').row(/^pod\/echo:7.*, failed/);
  await take('failed');
}
