import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from './harness/limits.ts';
import type { Fixture } from './support/fixture.ts';
import { fetchText, freePort, isRefused, portOf } from './support/ports.ts';
import { scenario } from './support/scenario.ts';
import { makeWorkspaceFolder } from './support/workspaceFolder.ts';

const QUESTION = 'This workspace wants to start these forwards whenever it opens:';
const folder = makeWorkspaceFolder();

const shop = { context: 'demo-admin', namespace: 'demo', group: 'shop' };
const page = {
  ...{ ...shop, name: 'Page', target: 'service/web', remotePort: 80, autoStart: true },
  ...{ localPort: await freePort(), address: '0.0.0.0' },
};
const echo = { ...shop, name: 'Echo', target: 'pod/echo', remotePort: 7 };
const mine = {
  ...{ name: 'Mine', context: 'demo-admin', namespace: 'demo', target: 'svc/greeter', remotePort: 25 },
  ...{ localPort: await freePort(), autoStart: true },
};
writeWorkspace([page, echo, { name: 'Broken', target: 'nonsense/web', remotePort: 80 }]);

/** How long a test waits for the effect of a key or a button before it tries again. */
const REPEAT_AFTER_MS = 2_000;

const { test } = scenario('saved', {
  cluster: {},
  workbench: { folder: folder.path, settings: { 'kubePortForward.forwards': [mine] } },
});

test("the user's own saved forwards start automatically, and the workspace's ask first", async (fixture) => {
  const { window, forwards } = fixture;
  const { text, buttons } = await window.notifications.waitFor(QUESTION);
  assert.equal(text, `${QUESTION} Page (service/web:80, demo-admin)`);
  assert.deepEqual(buttons, ['Start', 'Not Now', 'Show']);
  await window.openView('Port Forward');
  await forwards.row(/^Mine, forwarded to localhost:\d+, ready/);
  const saved = await forwards.row('Page');
  assert.deepEqual(
    [saved.description, saved.icon, saved.level, saved.accessibleName],
    ['saved · service/web:80', 'circle-outline', 2, 'Page, saved, service/web:80'],
  );
  await forwards.row(/^Group shop, 0 of 2 running/);
  await forwards.row(/^Broken: "target" must be TYPE\/NAME/);
  await window.screenshot('saved');
  assert.equal(await isRefused(page.localPort), true);
});

test('approved forwards of the workspace start on loopback, even if their entries name another address', async ({
  window,
  forwards,
}) => {
  await window.notifications.click(QUESTION, 'Show');
  await waitFor('the cursor at the entry', async () =>
    (await window.lineInSettings())?.includes('"name": "Page"'),
  );
  await window.closeSettings();
  await window.notifications.waitFor(QUESTION);
  await window.notifications.click(QUESTION, 'Start');
  await forwards.row(new RegExp(`^Page, forwarded to localhost:${page.localPort}, ready`));
  await forwards.row(/^Group shop, 1 of 2 running/);
  assert.match(await fetchText(page.localPort), /<!doctype html>/);
});

test('approved forwards start unasked, and changed ones ask again', async ({ window, forwards }) => {
  await stopAll(window);
  await window.reload();
  await forwards.row(/^Page, forwarded to localhost:\d+, ready/);
  assert.equal(
    (await window.notifications.texts()).some((text) => text.startsWith(QUESTION)),
    false,
  );
  await stopAll(window);
  writeWorkspace([{ ...page, target: 'service/greeter', remotePort: 25 }, echo]);
  const { text } = await window.notifications.waitFor(QUESTION);
  assert.equal(text, `${QUESTION} Page (service/greeter:25, demo-admin)`);
  await window.notifications.click(QUESTION, 'Not Now');
  await window.notifications.waitUntilGone(QUESTION);
  assert.equal(await isRefused(page.localPort), true);
  writeWorkspace([{ ...page, autoStart: false }, echo]);
  await forwards.row((row) => row.label === 'Page' && row.description === 'saved · service/web:80');
});

test('a group starts the forwards that do not run', async ({ forwards, window }) => {
  await start(forwards, 'Page');
  await window.notifications.waitFor(`Forwarding localhost:${page.localPort} → Page`);
  await forwards.runInline('shop', 'Start Saved Forwards in Group');
  await forwards.row(/^Group shop, 2 of 2 running/);
});

test('keys act on the selected row', async ({ window, forwards }) => {
  await stopAll(window);
  await forwards.row(/^Echo, saved/);
  await forwards.select('Mine');
  await window.pressUntil('Enter', () => forwards.row(/^Mine, forwarded to/, REPEAT_AFTER_MS));
  await forwards.row(/^Mine, forwarded to localhost:\d+, ready/);
  const menu = await forwards.openContextMenu('Mine');
  await window.page.keyboard.press('Escape');
  assert.ok(
    menu.includes('Delete Saved Forward'),
    'the key stops a running forward, and is shown there alone',
  );
  await forwards.select('Echo');
  await window.pressUntil('Delete', () => forwards.noRow('Echo', REPEAT_AFTER_MS));
  await window.notifications.click('Deleted the saved forward Echo.', 'Undo');
  await forwards.row(/^Echo, saved/);
  await forwards.row(/^Mine, forwarded to/);
  await window.runCommand('Kubernetes Port Forward: Start All Saved Forwards');
  await forwards.row(/^Group shop, 2 of 2 running/);
});

test('a forward is saved under a name, and starts on the same port', async (fixture) => {
  const { window, clusters, forwards, workbench } = fixture;
  await stopAll(window);
  await clusters.expand('demo-admin', 'demo');
  await clusters.runFromContextMenu('web', 'Forward Port...');
  const port = portOf((await window.notifications.waitFor(/Forwarding localhost:\d+ → pod\/web:80/)).text);
  await forwards.runFromContextMenu(`localhost:${port}`, 'Save Forward...');
  await window.quickInput.waitForTitle('Save Forward: pod/web:80');
  await window.quickInput.type('Mine');
  await waitFor('the warning', async () =>
    (await window.quickInput.message()).startsWith(
      'Replaces the forward with this name if you save to User Settings',
    ),
  );
  await window.quickInput.enter('My pod');
  await window.quickInput.waitForTitle('Saved Forwards');
  assert.deepEqual(await window.quickInput.items(), ['User Settings', 'Workspace Settings']);
  await window.quickInput.pick('User Settings');
  await window.notifications.waitFor('Saved My pod in User Settings.');
  await forwards.row(new RegExp(`^My pod, forwarded to localhost:${port}, ready`));
  // In this remote window, VS Code changes the setting where its value comes from: in the settings of the remote
  // machine.
  const written = join(workbench.server.userData, 'Machine', 'settings.json');
  const settings = JSON.parse(readFileSync(written, 'utf8'));
  assert.deepEqual(settings['kubePortForward.forwards'][1], {
    ...{ name: 'My pod', context: 'demo-admin', namespace: 'demo', target: 'pod/web', remotePort: 80 },
    localPort: port,
  });
  await forwards.runInline('My pod', 'Stop Forwarding Port', () =>
    forwards.row(/^My pod, saved/, REPEAT_AFTER_MS),
  );
  await start(forwards, 'My pod');
  await forwards.row(new RegExp(`^My pod, forwarded to localhost:${port}, ready`));
});

test('Edit Saved Forward opens the settings of the machine and of the workspace at the entry', async (fixture) => {
  const { window, forwards } = fixture;
  for (const name of ['My pod', 'Echo']) {
    await forwards.runFromContextMenu(name, 'Edit Saved Forward');
    await waitFor(
      `the cursor at ${name}`,
      async () => (await window.lineInSettings())?.trim() === `"name": "${name}",`,
    );
    await window.closeSettings();
  }
});

test('saved forwards are exported, deleted, and restored by Undo and by import', async (fixture) => {
  const { window, forwards } = fixture;
  await window.runCommand('Kubernetes Port Forward: Stop All Forwards');
  await forwards.row(/^My pod, saved/);
  const file = join(folder.path, 'forwards.json');
  await window.runCommand('Kubernetes Port Forward: Export Saved Forwards...');
  await window.quickInput.waitForTitle('Export Saved Forwards');
  await waitFor('the proposed name', async () => (await window.quickInput.value()) === file);
  await window.quickInput.accept();
  await window.notifications.waitFor('Exported 4 forwards.');
  const exported = JSON.parse(readFileSync(file, 'utf8'));
  assert.deepEqual(
    exported.forwards.map(({ name }: { name: string }) => name),
    ['Mine', 'My pod', 'Page', 'Echo'],
  );

  await forwards.runFromContextMenu('My pod', 'Delete Saved Forward');
  await forwards.noRow('My pod');
  await window.notifications.click('Deleted the saved forward My pod.', 'Undo');
  await forwards.row(/^My pod, saved/);
  await forwards.runFromContextMenu('Echo', 'Delete Saved Forward');
  await forwards.noRow('Echo');

  folder.write('forwards.json', [
    { ...echo, autoStart: true, address: '0.0.0.0', color: 'red' },
    { name: 'No target' },
  ]);
  await window.runCommand('Kubernetes Port Forward: Import Saved Forwards...');
  await window.quickInput.waitForTitle('Import Saved Forwards');
  await window.quickInput.pick('forwards.json');
  await waitFor('the question about automatic start', async () =>
    (await window.quickInput.items()).includes('Import without automatic start'),
  );
  await window.quickInput.pick('Import without automatic start');
  await window.quickInput.pick('Workspace Settings');
  const { text } = await window.notifications.waitFor(
    'Imported: 1. Not imported: 1, for example "No target": "target" is missing',
  );
  assert.match(text, /Ignored: Echo: color, Echo: address$/);
  await forwards.row(/^Echo, saved/);
});

test('a changed entry whose old forward still runs offers to replace it', async ({ window, forwards }) => {
  await stopAll(window);
  writeWorkspace([{ ...page, autoStart: false }]);
  await start(forwards, 'Page');
  writeWorkspace([{ ...page, name: 'Front', target: 'pod/web', autoStart: false }]);
  await forwards.runInline('Front', 'Start Saved Forward', () =>
    window.notifications.waitFor("Couldn't forward Front:", REPEAT_AFTER_MS),
  );
  await window.notifications.click("Couldn't forward Front:", 'Replace Page');
  await forwards.row(new RegExp(`^Front, forwarded to localhost:${page.localPort}, ready`));
  await forwards.noRow('Page');
});

test('a namespace from the palette is saved and starts like a forward, and a bad entry says why', async (fixture) => {
  const { window, forwards } = fixture;
  await stopAll(window);
  const names = { context: 'demo-admin', namespace: 'demo', proxy: true };
  writeWorkspace([{ ...names, name: 'Bad', target: 'service/web' }]);
  await forwards.row(/^Bad: "target" cannot be used with "proxy"/);
  const command = 'Forward All Services by Name';
  await window.runCommandThatAsks(`Kubernetes Port Forward: ${command}`, command);
  await window.quickInput.pick('demo-admin');
  await window.quickInput.waitForTitle(`${command}: demo-admin`);
  await window.quickInput.pick('demo');
  await forwards.row(/^demo \(by name\), forwarded to localhost:\d+, ready/);
  await forwards.runFromContextMenu(/^demo \(by name\)/, 'Save Forward...');
  await window.quickInput.waitForTitle('Save Forward: demo (by name)');
  await window.quickInput.enter('Demo');
  await window.quickInput.waitForTitle('Saved Forwards');
  await window.quickInput.pick('Workspace Settings');
  await window.notifications.waitFor('Saved Demo in Workspace Settings.');
  const written = JSON.parse(readFileSync(join(folder.path, '.vscode', 'settings.json'), 'utf8'));
  assert.deepEqual(written['kubePortForward.forwards'][1], { name: 'Demo', ...names });
  await stopAll(window);
  await forwards.row(/^Demo, saved, demo \(by name\)/);
  await forwards.runInline('Demo', 'Start Saved Forward', () =>
    forwards.row(/^demo \(by name\), forwarded to/, REPEAT_AFTER_MS),
  );
  await forwards.noRow('Demo');
});

async function stopAll(window: Fixture['window']): Promise<void> {
  await window.runCommand('Kubernetes Port Forward: Stop All Forwards');
  await window.waitForStatusBar('.forwards', (item) => item === undefined);
}

async function start(forwards: Fixture['forwards'], name: string): Promise<void> {
  const isForwarded = new RegExp(`^${name}, forwarded to`);
  await forwards.runInline(name, 'Start Saved Forward', () => forwards.row(isForwarded, REPEAT_AFTER_MS));
}

function writeWorkspace(forwards: readonly unknown[]): void {
  folder.write('.vscode/settings.json', { 'kubePortForward.forwards': forwards });
}
