import assert from 'node:assert/strict';
import { checkRows } from './flows/rows.ts';
import { waitFor } from './harness/limits.ts';
import type { Fixture } from './support/fixture.ts';
import { fetchText, freePort, isRefused, occupy, portOf } from './support/ports.ts';
import { scenario } from './support/scenario.ts';

/** How long the test waits for a forward on an offered port before it clicks the button of the next offered port. */
const OFFER_LIMIT_MS = 3_000;

const forwarding = scenario('forwarding', { cluster: {} });
const { test } = forwarding;

test('a right-clicked pod is forwarded and serves its page', async ({
  window,
  clusters,
  forwards,
  logged,
}) => {
  assert.equal(await window.statusBarItem('.forwards'), undefined);
  await window.openView('Port Forward');
  assert.match(await forwards.welcome(), /No forwarded ports/);
  await clusters.expand('demo-admin', 'demo');
  const menu = await clusters.openContextMenu(/^Pod web-/);
  assert.deepEqual(menu, ['Forward Port...', 'Forward Other Port...', 'Copy Name']);
  await window.page.keyboard.press('Escape');
  await clusters.runFromContextMenu(/^Pod web-/, 'Forward Port...');
  const { text, buttons } = await window.notifications.waitFor('Forwarding localhost:');
  assert.match(text, /^Forwarding localhost:\d+ → pod\/web-\S+:8080/);
  assert.deepEqual(buttons, ['Open in Browser', 'Copy Local Address']);
  const port = portOf(text);
  assert.match(await fetchText(port), /<!doctype html>/);

  await clusters.row(
    (row) => row.description.startsWith(`→ localhost:${port} · Running`) && row.icon === 'circle-filled',
  );
  await forwards.row(/^pod\/web-\S+:8080, forwarded to localhost:\d+, ready/);
  const status = await window.waitForStatusBar(
    '.forwards',
    (item) => item?.text === '1' && item.icon === 'plug',
  );
  assert.match(status?.accessibleName ?? '', /^1 port forwarded/);

  await logged(
    new RegExp(`\\[info\\] \\[pod/web-\\S+ ${port} → 8080\\] Listening on 127\\.0\\.0\\.1:${port}`),
  );
  await logged(/Starting: \S+ → pod\/web-\S+:8080 in namespace demo, context demo-admin/);
  await logged(/Ready: 127\.0\.0\.1:\d+, \[::1\]:\d+ → pod web-\S+ over spdy/);
});

test('the address is copied, and opened in a browser', async ({ window, forwards }) => {
  const { label, accessibleName } = await forwards.row(/forwarded to localhost:\d+, ready/);
  const port = portOf(accessibleName);
  await forwards.runInline(label, 'Copy Local Address');
  // The VS Code server makes forwarded ports available below its own address, at `/proxy/PORT/`.
  await waitFor('the address in the clipboard', async () =>
    (await window.clipboard()).endsWith(`/proxy/${port}/`),
  );
  const page = await window.popup(() =>
    window.notifications.click('Forwarding localhost:', 'Open in Browser'),
  );
  await page.getByRole('heading').first().waitFor();
  assert.match(new URL(page.url()).pathname, new RegExp(`/proxy/${port}/`));
  await page.close();
});

test('several ports are offered, and any other can be typed', async ({ window, clusters }) => {
  await clusters.runInline('multi', 'Forward Port...');
  await window.quickInput.waitForTitle('Forward Port: pod/multi');
  assert.deepEqual(await window.quickInput.items(), [
    '8080  http · app',
    '9090  admin · app',
    '7  echo · sidecar',
    'Other Port...',
  ]);
  const local = await freePort();
  await window.quickInput.type(`${local}:9090`);
  await window.quickInput.pick(`${local}:9090`);
  await window.notifications.waitFor(`Forwarding localhost:${local} → pod/multi:9090`);
  assert.match(await fetchText(local), /<!doctype html>/);
});

test('a local port in use is explained, with another one click away', async ({ window, clusters }) => {
  await using taken = await occupy(0);
  await clusters.runFromContextMenu('web', 'Forward Other Port...');
  await window.quickInput.enter(`${taken.port}:80`);
  const { text, buttons } = await window.notifications.waitFor("Couldn't forward pod/web:80:");
  assert.match(text, new RegExp(`Port ${taken.port} on 127\\.0\\.0\\.1 is in use by`));
  const use = buttons.find((button) => /^Use Port \d+$/.test(button));
  assert.ok(use, buttons.join());
  assert.notEqual(portOf(use), taken.port);
  await window.waitForStatusBar('.forwards', (item) => item?.isWarning === true);
  // Repeats the click, because another program may have taken the offered port. The extension then offers another port.
  await waitFor('another port to be used', async () => {
    await window.notifications.clickAny(/^Use Port \d+$/);
    return window.notifications.waitFor(/Forwarding localhost:\d+ → pod\/web:80/, OFFER_LIMIT_MS);
  });
  await window.waitForStatusBar('.forwards', (item) => item?.isWarning === false);
});

test('a failed connection is reported, and the forward continues', async (fixture) => {
  const { cluster, window, logged, clusters, forwards } = fixture;
  await clusters.expand('Services');
  await clusters.runFromContextMenu((row) => row.accessibleName.startsWith('Service web'), 'Forward Port...');
  const port = portOf((await window.notifications.waitFor('→ service/web:80')).text);
  const { label } = await forwards.row(/^service\/web:80, forwarded to localhost:\d+, ready/);
  assert.match(await fetchText(port), /<!doctype html>/);
  const fault = cluster.faults.add({ type: 'refusePort', port: 8080 });
  await assert.rejects(fetchText(port));
  await logged(/\[warning\] \[service\/web \d+ → 80\] Connection \d+ failed: .*8080/);
  fault.dispose();
  await forwards.expand(label);
  const { description } = await forwards.row('Last Connection Error');
  assert.match(description, /^Nothing listens on port 8080 in pod web-/);
  assert.match(await fetchText(port), /<!doctype html>/);
  await forwards.row(/^service\/web:80, .* ready/);
  await forwards.collapse(label);
});

test('a forward gets a label and another local port, and is stopped', async ({ window, forwards }) => {
  const { label, accessibleName } = await forwards.row(/^pod\/multi:9090, forwarded to localhost:\d+, ready/);
  await forwards.runFromContextMenu(label, 'Set Port Label');
  await window.quickInput.waitForTitle('Set Port Label: pod/multi:9090');
  await window.quickInput.enter('Admin page');
  await forwards.row('Admin page');
  const port = await freePort();
  await forwards.runFromContextMenu('Admin page', 'Change Local Address Port');
  await window.quickInput.enter(String(port));
  await forwards.row((row) => row.label === 'Admin page' && row.description.startsWith(`localhost:${port}`));
  assert.match(await fetchText(port), /<!doctype html>/);
  assert.equal(await isRefused(portOf(accessibleName)), true);
  await forwards.remove('Admin page', 'Stop Forwarding Port');
  assert.equal(await isRefused(port), true);
});

test('the palette asks for context, namespace, target and port, and remembers them', async ({
  window,
  forwards,
}) => {
  await forwardFromPalette(window, async () => {
    await window.quickInput.pick('demo-admin');
    await window.quickInput.waitForTitle('Forward a Port: demo-admin');
    await window.quickInput.pick('demo');
    await window.quickInput.waitForTitle('Forward a Port: demo-admin / demo');
    await window.quickInput.pick('greeter');
  });
  await window.notifications.waitFor('→ service/greeter:25');
  await forwards.row(/^service\/greeter:25, forwarded to localhost:\d+, ready/);
  const count = (await forwards.rows()).length;
  await forwardFromPalette(window, async () => {
    await window.quickInput.accept();
    await window.quickInput.waitForTitle('Forward a Port: demo-admin');
    await waitFor('the last namespace', async () => (await window.quickInput.items()).length > 1);
    await window.quickInput.accept();
    await window.quickInput.waitForTitle('Forward a Port: demo-admin / demo');
    await window.quickInput.clickButton('Back');
    await window.quickInput.waitForTitle('Forward a Port: demo-admin');
    await window.quickInput.cancel();
  });
  assert.equal((await forwards.rows()).length, count);
});

test('the services of a right-clicked namespace are forwarded by name, and a page opens by its name', async (fixture) => {
  const { window, logged, clusters, forwards, requests } = fixture;
  const isDemo = ({ accessibleName }: { accessibleName: string }) => /^Namespace demo\b/.test(accessibleName);
  await clusters.runFromContextMenu(isDemo, 'Forward All Services by Name');
  const { text, buttons } = await window.notifications.waitFor('all services of demo by name');
  assert.deepEqual(buttons, ['Open in Browser', 'Copy Proxy Settings']);
  const port = portOf(text);
  await clusters.row((row) => isDemo(row) && row.description.startsWith(`→ localhost:${port}`));
  const row = await forwards.row(/^demo \(by name\), forwarded to localhost:\d+, ready/);
  assert.equal(row.isExpanded, false);
  await forwards.expand(row.label);
  await forwards.row(
    ({ label, description }) =>
      label === 'web' && new RegExp(`^\\d/\\d · web\\.demo\\.localhost:${port}$`).test(description),
  );
  await window.screenshot('by-name');
  await forwards.runInline('web', 'Copy URL');
  const url = `http://web.demo.localhost:${port}/`;
  await waitFor('the URL in the clipboard', async () => (await window.clipboard()) === url);
  await forwards.runFromContextMenu(/^demo \(by name\)/, 'Copy Proxy Settings');
  await waitFor('the proxy settings in the clipboard', async () =>
    /^export HTTP_PROXY='http:\/\/kube:\S+@127\.0\.0\.1:\d+'$/m.test(await window.clipboard()),
  );
  await forwards.runFromContextMenu('web', 'Log Requests');
  await forwards.row(({ label, description }) => label === 'web' && / logging requests$/.test(description));
  const page = await window.page.context().newPage();
  await page.goto(url);
  await page.getByRole('heading').first().waitFor();
  await page.close();
  const { forward } = await requests.row(
    'of the page',
    ({ target, status }) => target === '/' && status === '200',
  );
  assert.equal(forward, 'web.demo');
  await window.runCommand('View: Hide Panel');
  await logged(new RegExp(`\\[demo\\] Services in demo are available by name: http://localhost:${port}/`));
});

test('the status bar lists the forwards, to copy and stop them', async ({ window, forwards }) => {
  await window.clickStatusBar('.forwards');
  await window.quickInput.waitForTitle('Forwarded Ports');
  const items = await window.quickInput.items();
  assert.ok(
    items.some((item) => /^service\/greeter:25 {2}localhost:\d+$/.test(item)),
    items.join('\n'),
  );
  assert.deepEqual(items.slice(-3), ['Forward a Port...', 'Stop All Forwards', 'Show Output']);
  await window.page.keyboard.press('ArrowUp');
  await waitFor(
    'the last item to have the focus',
    async () => (await window.quickInput.focused()) === 'Show Output',
  );
  const before = JSON.stringify(await forwards.rows());
  await fetchText(portOf((await forwards.row(/^service\/web:80/)).accessibleName));
  await waitFor('the counters of the forward', async () => JSON.stringify(await forwards.rows()) !== before);
  assert.equal(await window.quickInput.focused(), 'Show Output');
  await window.quickInput.clickButton('Stop Forwarding Port', 'service/greeter:25');
  await waitFor(
    'the forward to go from the list',
    async () => !(await window.quickInput.items()).some((item) => item.startsWith('service/greeter')),
  );
  await window.quickInput.cancel();
  await forwards.noRow(/^service\/greeter:25/);
});

test('Stop All in the palette asks nothing and shows the number', async (fixture) => {
  const { window, logged, isForwarded, forwards } = fixture;
  const ports = (await forwards.rows())
    .filter((row) => row.level === 1)
    .map((row) => portOf(row.accessibleName));
  assert.ok(ports.length > 2);
  for (const port of ports) assert.equal(await isForwarded(port), true, String(port));
  await window.runCommand('Kubernetes Port Forward: Stop All Forwards');
  await window.notifications.waitFor(`Stopped ${ports.length} forwards.`);
  assert.match(await forwards.welcome(), /No forwarded ports/);
  await window.waitForStatusBar('.forwards', (item) => item === undefined);
  for (const port of ports) assert.equal(await isForwarded(port), false, String(port));
  await logged(/\[service\/web \d+ → 80\] Stopped: \d+ connections, 1 failed, .* sent, .* received/);
});

checkRows(forwarding);

test('the log contains no credential', async ({ cluster, log }) => {
  assert.ok(log().length > 20);
  assert.equal(log().join('\n').includes(cluster.token('demo-admin')), false);
});

async function forwardFromPalette(window: Fixture['window'], answer: () => Promise<void>): Promise<void> {
  await window.runCommandThatAsks('Kubernetes Port Forward: Forward a Port...', 'Forward a Port');
  await answer();
}
