import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { packageExtension } from '../../scripts/package.ts';
import { readZip } from '../support/zip.ts';
import { waitFor } from './harness/limits.ts';
import { EXTENSION } from './support/fixture.ts';
import { fetchText, portOf } from './support/ports.ts';
import { scenario } from './support/scenario.ts';

// Tests the packed extension, in a VS Code without a kubeconfig.

const MEGABYTE = 1_000_000;
const SETTINGS = { 'remote.autoForwardPorts': true };

const folder = mkdtempSync(join(tmpdir(), 'wp-'));
const vsix = join(folder, 'extension.vsix');
await packageExtension(EXTENSION, { out: vsix, report: () => {} });
after(() => rmSync(folder, { recursive: true, force: true }));

const { test } = scenario('package', { workbench: { extension: vsix, settings: SETTINGS } });

let port: number;

test('the VSIX is small and contains only files that the extension and the command need', async () => {
  assert.ok(statSync(vsix).size < 2 * MEGABYTE, String(statSync(vsix).size));
  const prefix = 'extension/';
  const files = [...(await readZip(vsix)).keys()]
    .filter((path) => path.startsWith(prefix))
    .map((path) => path.slice(prefix.length));
  const allowed =
    /^(package(\.nls(\.[\w-]+)?)?\.json|(readme|changelog)\.md|LICENSE\.txt|THIRD_PARTY_NOTICES\.txt|bin\/kube-port-forward(\.cmd)?|l10n\/[\w.-]+\.json|media\/.+\.(svg|png)|dist\/(extension\.cjs|api\.d\.ts|(host|cli|demo)\.js|program\.cjs|chunks\/[\w.-]+\.c?js|webview\/[\w.-]+\.(js|css)))$/;
  assert.deepEqual(
    files.filter((file) => !allowed.test(file)),
    [],
  );
  for (const file of [
    'dist/extension.cjs',
    'dist/api.d.ts',
    'dist/host.js',
    'dist/cli.js',
    'dist/demo.js',
    'dist/program.cjs',
    'dist/webview/requests.js',
    'bin/kube-port-forward',
    'THIRD_PARTY_NOTICES.txt',
  ]) {
    assert.ok(files.includes(file), file);
  }
});

test('the view explains what to do without a kubeconfig', async ({ window, clusters }) => {
  await window.openView('Port Forward');
  const welcome = await clusters.welcome();
  assert.match(welcome, /No Kubernetes contexts found\./);
  assert.match(welcome, /Choose Kubeconfig\.\.\./);
  assert.match(welcome, /Start Demo Cluster/);
  await window.screenshot('welcome');
});

test('the contexts of a kubeconfig that the user chooses appear in the Clusters view', async ({
  cluster,
  home,
  window,
  workbench,
  clusters,
}) => {
  await clusters.clickWelcome('Choose Kubeconfig...');
  await window.quickInput.waitForTitle('Choose Kubeconfig');
  await waitFor('the home folder', async () => (await window.quickInput.value()) === `${home}/`);
  await window.quickInput.chooseFile(cluster.kubeconfigPath, 'Add');
  await clusters.row('demo-viewer');
  workbench.server.changeSettings(SETTINGS);
  await clusters.noRow('demo-viewer');
  assert.match(await clusters.welcome(), /No Kubernetes contexts found/);
});

test('the demo cluster opens in the tree, and its pods answer without a toast of VS Code', async (fixture) => {
  const { window, clusters } = fixture;
  await clusters.clickWelcome('Start Demo Cluster');
  await clusters.row((row) => row.label === 'demo' && row.level === 2 && row.isExpanded === true);
  await clusters.runInline('multi', 'Forward Port...');
  await window.quickInput.pick('8080');
  port = portOf((await window.notifications.waitFor('→ pod/multi:8080')).text);
  assert.match(await fetchText(port), /<!doctype html>/);
  // Waits until VS Code itself has detected that the port is in use. It could then show a toast about the port.
  await window.waitForStatusBar('status.forwardedPorts', (item) => Number(item?.text) > 0);
  const toasts = await window.notifications.texts();
  assert.deepEqual(
    toasts.filter((toast) => toast.includes('is available')),
    [],
  );
  await window.screenshot('demo-cluster');
});

test('the demo cluster ends on request, and the tree is empty again', async (fixture) => {
  const { window, isForwarded, clusters } = fixture;
  assert.equal(await isForwarded(port), true);
  await window.runCommand('Kubernetes Port Forward: Stop All Forwards');
  await window.runCommand('Kubernetes Port Forward: Stop Demo Cluster');
  assert.match(await clusters.welcome(), /No Kubernetes contexts found/);
  assert.equal(await isForwarded(port), false);
});
