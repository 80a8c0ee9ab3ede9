import assert from 'node:assert/strict';
import { waitFor } from './harness/limits.ts';
import { COMPANION, Companion } from './support/companion.ts';
import type { Fixture } from './support/fixture.ts';
import { fetchText, freePort, untilRefused } from './support/ports.ts';
import { scenario } from './support/scenario.ts';
import { makeWorkspaceFolder } from './support/workspaceFolder.ts';

const folder = makeWorkspaceFolder();
const companion = new Companion(folder.path);
const [pagePort, inlinePort, failingPort] = [await freePort(), await freePort(), await freePort()];

folder.write('.vscode/settings.json', {
  'kubePortForward.forwards': [
    {
      ...{ name: 'Page', context: 'demo-admin', namespace: 'demo', target: 'service/web', remotePort: 80 },
      localPort: pagePort,
    },
  ],
});
writeTasks('service/web');
const launch = { type: 'companion', request: 'launch' };
folder.write('.vscode/launch.json', {
  version: '0.2.0',
  configurations: [
    { ...launch, name: 'Good', preLaunchTask: 'forwards', port: inlinePort },
    { ...launch, name: 'Bad', preLaunchTask: 'failing', port: failingPort },
    { ...launch, name: 'Compound', preLaunchTask: 'all', port: inlinePort },
    { ...launch, name: 'Server', port: inlinePort },
    { ...launch, name: 'Client', port: pagePort },
  ],
  compounds: [{ name: 'Both', configurations: ['Server', 'Client'], preLaunchTask: 'forwards' }],
});

const { test } = scenario('task', { cluster: {}, workbench: { folder: folder.path, others: [COMPANION] } });

test('a debug session waits until its forwards carry traffic', async ({ window, forwards }) => {
  await window.openView('Port Forward');
  await companion.ready();
  await debug(window, 'Good');
  await launched(1, '<!doctype html>');
  assert.match(await fetchText(pagePort), /<!doctype html>/);
  await forwards.row(/^Page, forwarded to localhost:\d+, ready/);
  assert.deepEqual(await companion.call('tasks'), ['forwards']);
});

test("a debug session's forwards end with it", async ({ forwards }) => {
  await companion.call('stopDebugging');
  await untilRefused(inlinePort, pagePort);
  await companion.untilTasks();
  await forwards.row(/^Page, saved/);
});

test('a forward that cannot start makes VS Code ask whether to debug anyway', async ({ window }) => {
  await debug(window, 'Bad');
  const dialog = window.page.locator('.monaco-dialog-box');
  await dialog.waitFor();
  assert.match((await dialog.textContent()) ?? '', /preLaunchTask 'failing'/);
  await window.screenshot('task-failed');
  await dialog.getByText('Abort', { exact: true }).click();
  assert.equal((await companion.call<string[]>('launches')).length, 1);
  await companion.untilTasks();
});

test('the same session starts after the forward is fixed', async ({ window }) => {
  writeTasks('service/web', 'service/web');
  await waitFor('VS Code to read the tasks anew', async () =>
    (await companion.call<string[]>('taskTargets', 'failing')).includes('service/web'),
  );
  await debug(window, 'Bad');
  await launched(2, '<!doctype html>');
  await companion.call('stopDebugging');
  await untilRefused(failingPort);
});

test('if one of its forwards was stopped, a running task starts it again before the next session', async ({
  window,
  forwards,
}) => {
  await debug(window, 'Compound');
  await launched(3, '<!doctype html>');
  // The user stops one of the two forwards. The debug session and its task continue.
  await forwards.row(/^Page, forwarded to localhost:\d+, ready/);
  await forwards.runInline('Page', 'Stop Forwarding Port', () => forwards.row(/^Page, saved/, 2_000));
  await debug(window, 'Good');
  await launched(4, '<!doctype html>');
  await forwards.row(/^Page, forwarded to localhost:\d+, ready/);
  // Two debug sessions use the task. When both have ended, the task ends too.
  await companion.call('stopDebugging');
  await untilRefused(inlinePort, pagePort);
});

test('the task of a compound ends with the last of its sessions', async () => {
  await companion.call('startDebugging', 'Both');
  await launched(6, '<!doctype html>');
  await launched(5, '<!doctype html>');
  assert.deepEqual(await companion.call('tasks'), ['forwards']);
  await companion.call('stopSession', 'Server');
  await waitFor(
    'one session to end',
    async () => (await companion.call<string[]>('sessionNames')).join() === 'Client',
  );
  assert.match(await fetchText(inlinePort), /<!doctype html>/);
  await companion.call('stopSession', 'Client');
  await untilRefused(inlinePort, pagePort);
});

test('no task and no forward of it outlives its window', async ({ window }) => {
  await debug(window, 'Good');
  await launched(7, '<!doctype html>');
  await window.reload();
  await untilRefused(inlinePort, pagePort);
});

async function debug(window: Fixture['window'], name: string): Promise<void> {
  await window.runCommand('Debug: Select and Start Debugging');
  await waitFor(`the configuration ${name}`, async () =>
    (await window.quickInput.items()).some((item) => item.startsWith(name)),
  );
  await window.quickInput.pick(name);
}

/**
 * Waits until the companion's debugger has been launched `times` times. Fails if the launch with this number did not
 * receive `start` through the forward.
 */
async function launched(times: number, start: string): Promise<void> {
  const launches = await waitFor(`launch ${times}`, async () => {
    const all = await companion.call<string[]>('launches');
    return all.length >= times ? all : undefined;
  });
  assert.equal(launches[times - 1], start);
}

function writeTasks(good: string, failing = 'service/missing'): void {
  const place = { context: 'demo-admin', namespace: 'demo', remotePort: 80 };
  const type = 'kubePortForward';
  folder.write('.vscode/tasks.json', {
    version: '2.0.0',
    tasks: [
      { type, label: 'forwards', forwards: ['Page', { ...place, target: good, localPort: inlinePort }] },
      { type, label: 'failing', forwards: [{ ...place, target: failing, localPort: failingPort }] },
      { label: 'all', dependsOn: ['forwards'] },
    ],
  });
}
