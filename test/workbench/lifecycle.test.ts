import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { alphabetHash } from '../support/alphabet.ts';
import { isAlive } from '../support/execPlugin.ts';
import { waitFor } from './harness/limits.ts';
import { extensionHosts } from './harness/processes.ts';
import type { WorkbenchWindow } from './harness/workbenchWindow.ts';
import type { Fixture } from './support/fixture.ts';
import { fetchText, freePort, isRefused, portOf } from './support/ports.ts';
import { scenario } from './support/scenario.ts';

// With this setting, a forward fails as soon as its pod no longer exists, as with kubectl. By default, it would wait.
const SETTINGS = { 'kubePortForward.waitForTargetMinutes': 0 };
const { test } = scenario('lifecycle', { cluster: {}, workbench: { settings: SETTINGS } });

const DOWNLOAD_BYTES = 100_000_000;

/** The local port of the forward to the service. All tests of this file use this forward. */
let port: number;
let other: WorkbenchWindow;

test('no process runs before it is needed', async ({ window, hostProcessId }) => {
  // Waits for the result of a command, because the extension is then active and has looked for a running host.
  await window.runCommand('Kubernetes Port Forward: Stop All Forwards');
  await window.notifications.waitFor('No forwarded ports.');
  assert.equal(await hostProcessId(), undefined);
});

test('a download continues through a reload of the window and arrives complete', async (fixture) => {
  const { window, hostProcessId, forwards } = fixture;
  port = await forwardService(fixture);
  const before = await hostProcessId();
  const response = await startDownload(port, `/bytes?n=${DOWNLOAD_BYTES}`);
  // The test does not read the response during the reload, so that the download cannot end before the reload.
  await window.reload();
  await window.waitForStatusBar('.forwards', (item) => item?.text === '1');
  assert.equal(await hostProcessId(), before);
  assert.equal(await hashOf(response), alphabetHash(DOWNLOAD_BYTES));
  await window.openView('Port Forward');
  await forwards.row(/^service\/web:80, forwarded to localhost:\d+, ready/);
});

test('a forward and its connections survive a killed extension host', async (fixture) => {
  const { window, workbench, hostProcessId } = fixture;
  const before = await hostProcessId();
  const response = await startDownload(port, `/bytes?n=${DOWNLOAD_BYTES}`);
  const killed = extensionHosts(workbench.server.processId);
  assert.ok(killed.length > 0);
  for (const processId of killed) process.kill(processId, 'SIGKILL');
  await waitFor('another extension host', () =>
    extensionHosts(workbench.server.processId).some((processId) => !killed.includes(processId)),
  );
  await window.waitForStatusBar('.forwards', (item) => item?.text === '1');
  assert.equal(await hostProcessId(), before);
  assert.equal(await hashOf(response), alphabetHash(DOWNLOAD_BYTES));
});

test('another window sees the same forwards and can stop them', async (fixture) => {
  const { window, workbench, isForwarded, forwards } = fixture;
  other = await workbench.openWindow();
  await other.waitForStatusBar('.forwards', (item) => item?.text === '1');
  await other.openView('Port Forward');
  const theirs = other.tree('Forwards');
  await theirs.row(`localhost:${port}`);
  await other.tree('Clusters').expand('demo-admin', 'demo');
  await other.tree('Clusters').runInline('echo', 'Forward Port...');
  const echoPort = portOf((await other.notifications.waitFor('→ pod/echo:7')).text);
  assert.equal(await isForwarded(echoPort), true);
  await window.waitForStatusBar('.forwards', (item) => item?.text === '2');
  await forwards.row(/^pod\/echo:7/);
  assert.deepEqual(await window.notifications.texts(), [], 'only the window that asked is told');
  await forwards.remove(/^pod\/echo:7/, 'Stop Forwarding Port');
  await theirs.noRow(/^pod\/echo:7/);
  assert.equal(await isForwarded(echoPort), false);
});

test('two windows that start the same saved forward share one', async ({ workbench, window, forwards }) => {
  const savedPort = await freePort();
  const target = { context: 'demo-admin', namespace: 'demo', target: 'service/web', remotePort: 80 };
  workbench.server.changeSettings({
    ...SETTINGS,
    'kubePortForward.forwards': [{ ...target, name: 'Page', localPort: savedPort }],
  });
  const both = [window, other];
  for (const each of both) await each.tree('Forwards').row(/^Page, saved/);
  await Promise.all(both.map((each) => each.runCommand('Kubernetes Port Forward: Start All Saved Forwards')));
  for (const each of both) {
    await each.tree('Forwards').row(/^Page, forwarded to localhost:\d+, ready/);
    await each.waitForStatusBar('.forwards', (item) => item?.text === '2');
  }
  assert.match(await fetchText(savedPort), /<!doctype html>/);
  const theirs = other.tree('Forwards');
  await theirs.runInline('Page', 'Stop Forwarding Port', () => theirs.row(/^Page, saved/, 2_000));
  for (const each of both) await each.tree('Forwards').row(/^Page, saved/);
  workbench.server.changeSettings(SETTINGS);
  await forwards.noRow('Page');
  await other.close();
});

test('a reconnecting forward is a warning until it is ready again', async (fixture) => {
  const { cluster, window, logged, forwards } = fixture;
  const fault = cluster.faults.add({ type: 'answer', status: 503, path: '/api/v1/namespaces/demo/pods' });
  cluster.faults.dropTunnels('reset');
  const item = await window.waitForStatusBar('.forwards', (status) => status?.isWarning === true);
  assert.match(item?.accessibleName ?? '', /1 needs attention/);
  await forwards.row(/^service\/web:80, .* reconnecting/);
  await window.screenshot('reconnecting');
  fault.dispose();
  await window.waitForStatusBar('.forwards', (status) => status?.text === '1' && !status.isWarning);
  await logged(/\[service\/web \d+ → 80\] Reconnecting .*\(attempt \d+\)/);
  assert.match(await fetchText(port), /<!doctype html>/);
});

test('a pod that is gone for good fails its forward with the reason', async (fixture) => {
  const { cluster, window, clusters, forwards } = fixture;
  await clusters.expand('demo-admin', 'demo');
  await clusters.runInline('greeter', 'Forward Port...');
  await window.notifications.waitFor('→ pod/greeter:2525');
  cluster.pods.delete('demo', 'greeter', 0);
  await clusters.noRow('greeter');
  const { text, buttons } = await window.notifications.waitFor('The forward pod/greeter:2525 failed:');
  assert.match(text, /Pod "greeter"/);
  assert.deepEqual(buttons, ['Retry', 'Show Output']);
  const failed = await forwards.row(/^pod\/greeter:2525, .*failed/);
  assert.equal(failed.icon, 'error');
  await window.waitForStatusBar('.forwards', (item) => item?.isWarning === true);
  await window.screenshot('gone');
  await forwards.remove(/^pod\/greeter:2525/, 'Remove');
  await clusters.collapse('demo-admin');
});

test('a killed host is reported and replaced, and its forwards are back on the same ports', async (fixture) => {
  const { window, hostProcessId, forwards } = fixture;
  const killed = await hostProcessId();
  assert.ok(killed);
  process.kill(killed, 'SIGKILL');
  await window.notifications.waitFor('The background process ended unexpectedly and is restarting.');
  await waitFor('another host', async () => {
    const processId = await hostProcessId();
    return processId !== undefined && processId !== killed && isAlive(processId);
  });
  await waitFor('the page', () => fetchText(port).catch(() => undefined));
  await forwards.row(new RegExp(`^service/web:80, forwarded to localhost:${port}, ready`));
  await window.waitForStatusBar('.forwards', (item) => item?.text === '1' && !item.isWarning);
});

test('the tree works again after the host was killed', async ({ cluster, clusters }) => {
  await clusters.expand('demo-admin', 'demo');
  await clusters.row('echo');
  cluster.pods.delete('demo', 'echo', 0);
  await clusters.noRow('echo');
});

test('the terminal has the command on its PATH', async ({ window }) => {
  await window.runCommand('Terminal: Create New Terminal');
  const terminal = window.page.locator('.terminal-wrapper.active .xterm');
  await terminal.waitFor();
  await terminal.click();
  const local = await freePort();
  await window.page.keyboard.type('kube-port-forward --version; which kube-port-forward\n');
  await waitFor('its answer', async () => {
    const text = (await window.page.locator('.terminal-wrapper.active .xterm-rows').textContent()) ?? '';
    return /bin\/kube-port-forward/.test(text.replaceAll(/\s+/g, ''));
  });
  await window.page.keyboard.type(`kube-port-forward -n demo service/web ${local}:80\n`);
  await waitFor('the page', () => fetchText(local).catch(() => undefined));
  await window.page.keyboard.press('Control+C');
  await waitFor('the end', async () => await isRefused(local));
  await window.screenshot('terminal');
});

async function forwardService({ window, clusters }: Fixture): Promise<number> {
  await window.openView('Port Forward');
  await clusters.expand('demo-admin', 'demo', 'Services');
  await clusters.runInline(/^Service web/, 'Forward Port...');
  return portOf((await window.notifications.waitFor('→ service/web:80')).text);
}

/** Requests a path. Resolves with the response when its headers have arrived. The body is not read yet. */
async function startDownload(localPort: number, path: string): Promise<IncomingMessage> {
  const request = get({ host: '127.0.0.1', port: localPort, path, agent: false });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return response;
}

/** Reads the body of a response. Returns its SHA-256 hash in hexadecimal. */
async function hashOf(response: IncomingMessage): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of response as AsyncIterable<Buffer>) hash.update(chunk);
  return hash.digest('hex');
}
