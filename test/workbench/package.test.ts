import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { packageExtension } from '../../scripts/package.ts';
import { readZip } from '../support/zip.ts';
import { EXTENSION, startFixture } from './support/fixture.ts';
import { fetchText } from './support/ports.ts';

const MEGABYTE = 1_000_000;

const folder = mkdtempSync(join(tmpdir(), 'wp-'));
const vsix = join(folder, 'extension.vsix');
before(() => packageExtension(EXTENSION, { out: vsix, report: () => {} }));
after(() => rmSync(folder, { recursive: true, force: true }));

test('the VSIX contains only files that the extension and the command need', async () => {
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

test('the packed extension is small, works alone, and causes no toast of VS Code', async () => {
  assert.ok(statSync(vsix).size < 2 * MEGABYTE, String(statSync(vsix).size));
  await using fixture = await startFixture({
    cluster: {},
    workbench: { extension: vsix, settings: { 'remote.autoForwardPorts': true } },
  });
  const { window } = fixture;
  await window.openView('Port Forward');
  const clusters = window.tree('Clusters');
  await clusters.expand('demo-admin');
  await clusters.expand('demo');
  await clusters.runFromContextMenu('web', 'Forward Port...');
  const { text } = await window.notifications.waitFor('→ pod/web:80');
  assert.match(await fetchText(Number(/localhost:(\d+)/.exec(text)?.[1])), /<!doctype html>/);
  // VS Code noticed the port by itself and lists it among its forwarded ports.
  await window.waitForStatusBar('status.forwardedPorts', (item) => Number(item?.text) > 0);
  const toasts = await window.notifications.texts();
  assert.deepEqual(
    toasts.filter((toast) => toast.includes('is available')),
    [],
  );
});
