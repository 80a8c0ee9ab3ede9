import assert from 'node:assert/strict';
import { after } from 'node:test';
import { connectToHost } from '../../src/rpc/connectToHost.ts';
import { TestClient } from '../support/hostClients.ts';
import { OpenConnection } from '../support/openConnection.ts';
import { waitFor } from './harness/limits.ts';
import type { WorkbenchWindow } from './harness/workbenchWindow.ts';
import { COMPANION, Companion } from './support/companion.ts';
import { freePort, isRefused } from './support/ports.ts';
import { scenario } from './support/scenario.ts';
import { makeWorkspaceFolder } from './support/workspaceFolder.ts';

const folder = makeWorkspaceFolder();
const [port, downPort] = [await freePort(), await freePort()];
const echo = { context: 'demo-admin', namespace: 'demo', target: 'pod/echo', remotePort: 7, localPort: port };
const pending = { ...echo, target: 'pod/pending', remotePort: 8080, localPort: downPort };
const type = 'kubePortForward';

folder.write('.vscode/settings.json', { 'kubePortForward.forwards': [{ ...echo, name: 'Echo' }] });
folder.write('.vscode/tasks.json', {
  version: '2.0.0',
  tasks: [
    { type, label: 'forwards', forwards: [echo] },
    { type, label: 'down', forwards: [pending], timeoutSeconds: 300 },
    { type: 'shell', label: 'echo hi', command: 'echo hi' },
  ],
});
const launch = { type: 'companion', request: 'launch', port };
folder.write('.vscode/launch.json', {
  version: '0.2.0',
  configurations: [
    { ...launch, name: 'Hi', preLaunchTask: 'echo hi' },
    { ...launch, name: 'Down', preLaunchTask: 'down' },
  ],
});

const { test } = scenario('shared', {
  cluster: {},
  workbench: {
    folder: folder.path,
    others: [COMPANION],
  },
});

const first = new Companion(folder.path);
const second = new Companion(folder.path);
let other: WorkbenchWindow;
/** A client of the forward host. Tests read from it how many clients use the forward. */
let host: TestClient;
after(() => host?.dispose());

/** Starts a task that uses the forward, in the window of `companion`. `beginApi` uses the forward without a task. */
async function beginTask(companion: Companion): Promise<void> {
  await companion.call('runTask', 'forwards');
  await companion.untilTasks('forwards');
}
/** Ends the task, and waits for its end. Otherwise, the next task with this name could be mistaken for this task. */
async function endTask(companion: Companion): Promise<void> {
  await companion.call('endTask', 'forwards');
  await companion.untilTasks();
}
async function beginApi(companion: Companion): Promise<void> {
  await companion.call('start', { key: 'echo', request: echo });
  await companion.call('ready', 'echo');
}
const endApi = (companion: Companion) => companion.call('stop', 'echo');

// Opens the windows in a separate test, so that its time limit covers nothing else. Each window may take a minute.
test('two windows on one folder each run the extension', async ({ window, workbench }) => {
  await window.openView('Port Forward');
  await first.pin();
  other = await workbench.openWindow();
  await second.pin(first);
});

test('the window that ends its use first leaves the forward to the other one', async ({ hostFolder }) => {
  await beginTask(first);
  host = await joinHost(hostFolder);
  await untilHolders(1);
  await beginApi(second);
  await untilHolders(2);
  await using connection = await OpenConnection.to(port);
  await endTask(first);
  await untilHolders(1);
  await connection.answers('the task has ended');
  await endApi(second);
  await connection.untilClosed();
  await untilHolders(0);
});

test('a killed window closes nothing that the other one uses', async () => {
  await beginApi(second);
  await beginTask(first);
  await untilHolders(2);
  await using connection = await OpenConnection.to(port);
  process.kill(await second.call<number>('processId'), 'SIGKILL');
  await untilHolders(1);
  await connection.answers('the other window was killed');
  await second.pin(first);
  await endTask(first);
  await connection.untilClosed();
});

test('a stop names the other users, and Undo restores the forward for them', async ({ forwards, window }) => {
  await beginApi(second);
  await startInTerminal();
  await untilHolders(2);
  await forwards.runInline(`localhost:${port}`, 'Stop Forwarding Port', () =>
    forwards.row(/^Echo, saved/, 2_000),
  );
  await window.notifications.waitFor('another extension');
  await window.screenshot('stopped-for-all');
  assert.equal(await isRefused(port), true);
  await window.notifications.click('another extension', 'Undo');
  await untilHolders(2);
  await OpenConnection.to(port).then((connection) => connection[Symbol.asyncDispose]());
  await endApi(second);
  await untilHolders(1);
  const { stdout } = await first.call<{ stdout: string }>('terminal', ['stop', '--all']);
  assert.match(stdout, /Stopped 1 forward/);
  await untilHolders(0);
});

test('a session waits for its own task only, and an aborted one leaves nothing behind', async (fixture) => {
  const { window } = fixture;
  const down = first.call('startDebugging', 'Down').catch(() => {});
  await window.notifications.waitFor('Waiting for down before debugging');
  await window.screenshot('debug-waits');
  await first.call('startDebugging', 'Hi');
  await waitFor('the unrelated session', async () => (await first.call<string[]>('launches')).length === 1);
  await first.call('stopDebugging');
  await window.notifications.click('Waiting for down before debugging', 'Cancel');
  const dialog = window.page.locator('.monaco-dialog-box');
  await dialog.waitFor();
  await dialog.getByText('Abort', { exact: true }).click();
  await down;
  await first.untilTasks();
});

test('a forward of a terminal and a window ends when the terminal stops it, which names the window, and not with the window', async () => {
  const both = async () => {
    await other.openView('Port Forward');
    await other.tree('Forwards').runInline('Echo', 'Start Saved Forward', () => host.until(hasHolders(1)));
    await startInTerminal();
    await untilHolders(2);
    return await OpenConnection.to(port);
  };
  {
    await using connection = await both();
    const { stdout } = await first.call<{ stdout: string }>('terminal', ['stop', String(port)]);
    assert.match(stdout, /Stopped 1 forward\.\npod\/echo:7 was also used by window /);
    await connection.untilClosed();
    await untilHolders(0);
  }
  await using connection = await both();
  await other.close();
  await connection.answers('the window is closed');
  const { stdout } = await first.call<{ stdout: string }>('terminal', ['stop', '--all']);
  assert.match(stdout, /Stopped 1 forward/);
  await connection.untilClosed();
  await untilHolders(0);
});

async function startInTerminal(): Promise<void> {
  const started = await first.call<{ status: number; stderr: string }>('terminal', [
    ...['-d', '--context', 'demo-admin', '-n', 'demo', 'pod/echo', `${port}:7`],
  ]);
  assert.equal(started.status, 0, started.stderr);
}

const hasHolders = (count: number) => () => host.forwards.flatMap(({ holders }) => holders).length === count;

async function untilHolders(count: number): Promise<void> {
  await host.until(hasHolders(count));
}

async function joinHost(folderOfHost: string): Promise<TestClient> {
  const client = await connectToHost({
    ...{ mode: 'join', folder: folderOfHost, environment: {}, kubeconfigFiles: [] },
    client: { name: 'test', version: '1' },
    signal: AbortSignal.timeout(20_000),
  });
  return new TestClient(client ?? assert.fail('no host'));
}
