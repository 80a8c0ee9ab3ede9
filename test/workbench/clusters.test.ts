import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from './harness/limits.ts';
import type { Fixture } from './support/fixture.ts';
import { addContext, parseKubeconfig, writeKubeconfig } from './support/kubeconfig.ts';
import { freePort } from './support/ports.ts';
import { scenario } from './support/scenario.ts';

/** How long the test waits for the effect of a key before it presses the key again. */
const KEY_LIMIT_MS = 3_000;
const LINK = '[click](command:workbench.action.quit)';

const { test } = scenario('clusters', { cluster: { largePods: 10_000 } });

test('the tree shows contexts, namespaces, groups and pods', async ({ window, clusters }) => {
  await window.openView('Port Forward');
  const current = await clusters.row('demo-admin');
  assert.equal(current.description, 'current');
  await clusters.expand('demo-admin', 'demo');
  await clusters.row('multi');
  const rows = await clusters.rows();
  const [own, ...others] = rows.filter((row) => row.level === 2);
  assert.deepEqual([own?.label, own?.description, own?.icon], ['demo', 'current', 'folder-active']);
  assert.ok(others.length > 0);
  for (const { description, icon } of others) assert.deepEqual([description, icon], ['', 'folder']);
  assert.deepEqual(
    rows.filter((row) => row.level === 3).map((row) => row.label),
    ['Services', 'Workloads', 'Pods'],
  );
  assert.ok(rows.some((row) => row.level === 4 && row.label === 'multi'));
  await clusters.expand('Services');
  assert.equal(
    (await clusters.row('no-selector')).description,
    'the service has no selector · ClusterIP · 80',
  );
  // Waits, because rows appear before the endpoints of their services are known.
  await clusters.row(
    (row) => row.label === 'no-pods' && row.description.startsWith('the service has no endpoints'),
  );
  assert.deepEqual(await clusters.inlineActions('no-pods'), []);
  await clusters.expand('Workloads');
  assert.equal((await clusters.row('agent')).description, 'DaemonSet · 1/1');
  await clusters.collapse('Services');
  await clusters.collapse('Workloads');
});

test("a pod's ports are below it, each with a plug unless it cannot be forwarded", async ({ clusters }) => {
  await clusters.expand('multi');
  assert.equal((await clusters.row('9090')).description, 'admin · app');
  assert.deepEqual(await clusters.inlineActions('9090'), ['Forward Port...']);
  await clusters.collapse('multi');
  await clusters.expand('Services');
  assert.deepEqual(await clusters.inlineActions('no-selector'), []);
  await clusters.collapse('Services');
});

test('a context of the demo cluster shows its purpose', async ({ clusters }) => {
  const tooltip = await clusters.tooltip('demo-getonly');
  assert.match(tooltip, /Purpose: can forward over WebSocket only/);
});

test('the tree follows the cluster', async ({ cluster, clusters }) => {
  cluster.pods.setReady('demo', 'multi', false);
  await clusters.row((row) => row.label === 'multi' && row.description.startsWith('Running · 0/2'));
  cluster.pods.setReady('demo', 'multi', true);
  await clusters.row((row) => row.label === 'multi' && row.description.startsWith('Running · 2/2'));
  cluster.pods.delete('demo', 'greeter', 0);
  await clusters.noRow('greeter');
});

test('10,000 pods show the first 500, more on request, and a filter over all', async (fixture) => {
  const { cluster, window, clusters } = fixture;
  await clusters.collapse('demo');
  await clusters.expand('large');
  await clusters.row((row) => row.level === 4 && row.icon === 'circle-filled');
  await clusters.scrollToEnd((row) => row.label === 'Show More' && row.description === '500 of 10000 shown');
  await clusters.click('Show More');
  await clusters.noRow('Show More');
  await clusters.scrollToEnd((row) => row.label === 'Show More' && row.description === '1000 of 10000 shown');
  await window.page.keyboard.press('Home');

  const wanted = cluster.pods.list('large').at(-1)?.metadata.name ?? '';
  await clusters.runInline('large', 'Filter by Name...');
  await window.quickInput.waitForTitle('Filter by Name: large');
  await window.quickInput.type(wanted);
  await clusters.row(wanted);
  await window.quickInput.accept();
  assert.equal((await clusters.row('large')).description, `filter: ${wanted}`);
  assert.equal((await clusters.rows()).filter((row) => row.icon === 'circle-filled').length, 1);
  await clusters.runInline('large', 'Clear Filter');
  await clusters.row((row) => row.label === 'large' && row.description === '');
  await clusters.row((row) => row.icon === 'circle-filled' && row.label !== wanted);
  await clusters.collapse('large');
  await clusters.collapse('demo-admin');
});

test("the context's own and typed namespaces are shown if namespaces may not be listed", async (fixture) => {
  const { window, clusters } = fixture;
  await clusters.expand('demo-developer');
  await clusters.row((row) => row.level === 2 && row.label === 'demo');
  await clusters.click('Add Namespace...');
  await window.quickInput.waitForTitle('Add Namespace to demo-developer');
  assert.match(await window.quickInput.message(), /^You do not have permission to list the namespaces/);
  await window.quickInput.enter('staging');
  await clusters.expand('staging');
  const failure = await clusters.row('Not allowed');
  assert.match(failure.description, /^User "demo-developer" cannot list pods in namespace "staging"/);
  assert.deepEqual(await clusters.inlineActions('Not allowed'), [
    'Copy Role',
    'Retry',
    'Open Kubeconfig',
    'Show Output',
  ]);
  await window.screenshot('not-allowed');
  await clusters.runFromContextMenu('staging', 'Hide Namespace');
  await clusters.noRow('staging');
  await clusters.collapse('demo-developer');
});

test('a pod is forwarded by the keyboard alone', async ({ window, clusters }) => {
  const { keyboard } = window.page;
  // Selects the context, and not a row below it. VS Code expands the parents of the selected row when the view gets the
  // focus, but the test needs a collapsed context.
  await clusters.click('demo-admin');
  await clusters.collapse('demo-admin');
  await window.runCommand('Port Forward: Focus on Clusters View');
  await window.page.locator('.pane-body .monaco-list:focus').waitFor();
  const first = window.page.locator('.monaco-list-row.focused', { hasText: 'demo-admin' });
  await window.pressUntil('Home', () => first.waitFor({ timeout: KEY_LIMIT_MS }));
  const expand = (label: string) =>
    window.pressUntil('ArrowRight', () =>
      clusters.row((row) => row.label === label && row.isExpanded === true, KEY_LIMIT_MS),
    );
  await expand('demo-admin');
  await clusters.row('demo');
  await goTo(window, 'demo');
  await expand('demo');
  await clusters.row('web');
  await goTo(window, 'web');
  const item = window.page.locator('.monaco-menu .action-item', { hasText: 'Forward Port...' });
  await window.pressUntil('Shift+F10', () => item.first().waitFor({ timeout: KEY_LIMIT_MS }));
  await waitFor('the command to have the focus', async () => {
    if (/\bfocused\b/.test((await item.getAttribute('class')) ?? '')) return true;
    await keyboard.press('ArrowDown');
    return undefined;
  });
  await keyboard.press('Enter');
  await window.notifications.waitFor('→ pod/web:80');
  await window.runCommand('Kubernetes Port Forward: Stop All Forwards');
  await window.notifications.waitFor('Stopped pod/web:80.');
  await clusters.runFromContextMenu('demo-admin', 'Add Namespace...');
  await window.notifications.waitFor('The Clusters view already shows all namespaces of demo-admin.');
  await window.runCommand('Notifications: Clear All Notifications');
  await clusters.collapse('demo-admin');
});

test('a kubeconfig that changes on disk changes the tree', async ({ cluster, clusters }) => {
  const kubeconfig = parseKubeconfig(cluster.kubeconfig);
  addContext(kubeconfig, 'unreachable', {
    server: `https://127.0.0.1:${await freePort()}`,
    user: { token: 'x' },
  });
  addContext(kubeconfig, 'bad-token', { user: { token: 'no-good' } });
  addContext(kubeconfig, 'no-plugin', {
    user: {
      exec: {
        apiVersion: 'client.authentication.k8s.io/v1',
        command: 'no-such-plugin',
        interactiveMode: 'Never',
      },
    },
  });
  addContext(kubeconfig, `$(bug) ${LINK}\u001b[31m`, {
    userName: LINK,
    user: { token: cluster.token('demo-viewer') },
  });
  writeKubeconfig(cluster.kubeconfigPath, kubeconfig);
  await clusters.row('unreachable');
  await clusters.row('no-plugin');
});

test('each failure is a row with its reason and a way out', async ({ window, clusters }) => {
  const failure = async (context: string, title: string): Promise<string> => {
    await clusters.expand(context);
    const row = await clusters.row((candidate) => candidate.level === 2 && candidate.label === title);
    await clusters.collapse(context);
    return row.description;
  };
  assert.match(await failure('unreachable', "Can't connect"), /ECONNREFUSED|refused/);
  assert.match(await failure('bad-token', 'Not signed in'), /\(401\)/);
  assert.match(await failure('no-plugin', 'Not signed in'), /no-such-plugin/);
  assert.deepEqual(await window.notifications.texts(), []);
});

test('text of a kubeconfig or a cluster is shown without commands, icons and control characters', async (fixture) => {
  const { window, clusters } = fixture;
  const label = `$(bug) ${LINK}\\x1b[31m`;
  await clusters.row(label);
  await clusters.expand(label, 'demo');
  assert.match(await clusters.tooltip(label), /User: \[click\]\(command:workbench\.action\.quit\)/);
  await clusters.runFromContextMenu('echo', 'Forward Port...');
  const { text } = await window.notifications.waitFor("Couldn't forward pod/echo:7:");
  assert.match(text, /\[click\]\u2060\(command:workbench\.action\.quit\)/);
  const toast = window.page.locator('.notifications-toasts');
  assert.equal(await toast.locator('.notification-list-item-message a').count(), 0);
  await window.runCommandThatAsks('Kubernetes Port Forward: Forward a Port...', 'Forward a Port');
  assert.ok((await window.quickInput.items()).some((item) => item.includes('(bug)')));
  assert.equal(await window.page.locator('.quick-input-list .codicon-bug').count(), 0);
  await window.screenshot('untrusted-text');
  await window.quickInput.cancel();
  await window.runCommand('Kubernetes Port Forward: Stop All Forwards');
  await clusters.collapse(label);
});

test('an invalid kubeconfig is a row that leads to its line', async ({ cluster, window, clusters }) => {
  const valid = readFileSync(cluster.kubeconfigPath, 'utf8');
  writeFileSync(cluster.kubeconfigPath, 'apiVersion: v1\nkind: Config\nclusters:\n  - name: [\n');
  const row = await clusters.row('Invalid kubeconfig');
  assert.match(row.description, /^Invalid kubeconfig .*, line \d+: /);
  await window.screenshot('bad-kubeconfig');
  await clusters.runInline('Invalid kubeconfig', 'Open Kubeconfig');
  await window.page.locator('.editor-instance .monaco-editor').first().waitFor();
  await window.page
    .locator('.statusbar-item[id="status.editor.selection"]', { hasText: /Ln [45],/ })
    .waitFor();
  writeFileSync(cluster.kubeconfigPath, valid);
  await clusters.noRow('Invalid kubeconfig');
  await clusters.row('demo-admin');
});

test('a file of the setting is read too', async ({ home, cluster, workbench, clusters }) => {
  const kubeconfig = parseKubeconfig(cluster.kubeconfig);
  kubeconfig.contexts = kubeconfig.contexts
    .slice(0, 1)
    .map((context) => ({ ...context, name: 'from-setting' }));
  writeKubeconfig(join(home, 'more.yaml'), kubeconfig);
  workbench.server.changeSettings({ 'kubePortForward.kubeconfigFiles': ['~/more.yaml', '~/missing.yaml'] });
  await clusters.row('from-setting');
  assert.match((await clusters.row('No kubeconfig')).description, /missing\.yaml does not exist/);
  workbench.server.changeSettings({});
  await clusters.noRow('from-setting');
});

/** Moves the focus of the Clusters tree to a row with arrow keys. Moves back up if a late key has moved it too far. */
async function goTo({ page }: Fixture['window'], label: string): Promise<void> {
  const list = page.locator('.pane-body .monaco-list:focus');
  const focused = list.locator('.monaco-list-row.focused');
  const wanted = list.locator('.monaco-list-row', {
    has: page.locator('.label-name').getByText(label, { exact: true }),
  });
  const indexOf = async (row: typeof focused) =>
    Number(await row.first().getAttribute('data-index', { timeout: KEY_LIMIT_MS }));
  await waitFor(`the keyboard to get to ${label}`, async () => {
    const [at, to] = [await indexOf(focused), await indexOf(wanted)];
    if (at === to) return true;
    await page.keyboard.press(at < to ? 'ArrowDown' : 'ArrowUp');
    return undefined;
  });
}
