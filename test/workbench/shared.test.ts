import assert from 'node:assert/strict';
import { after } from 'node:test';
import { connectToHost } from '../../src/rpc/connectToHost.ts';
import type { PortForwardInfo } from '../../src/ui/api/portForwardApi.ts';
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
    { type, label: 'others', forwards: [echo] },
    { type, label: 'down', forwards: [pending], timeoutSeconds: 300 },
    { type: 'shell', label: 'echo hi', command: 'echo hi' },
  ],
});
const launch = { type: 'companion', request: 'launch', port };
folder.write('.vscode/launch.json', {
  version: '0.2.0',
  configurations: [
    { ...launch, name: 'Forwards', preLaunchTask: 'forwards' },
    { ...launch, name: 'Others', preLaunchTask: 'others' },
    { ...launch, name: 'Hi', preLaunchTask: 'echo hi' },
    { ...launch, name: 'Down', preLaunchTask: 'down' },
  ],
});

const { check } = scenario('shared', {
  cluster: {},
  workbench: {
    folder: folder.path,
    others: [COMPANION],
    settings: { 'chat.disableAIFeatures': false },
  },
});

const first = new Companion(folder.path);
const second = new Companion(folder.path);
let other: WorkbenchWindow;
/** Shows the host's counts. */
let host: TestClient;
after(() => host?.dispose());

/** A way to use and release the forward in a window. */
interface User {
  readonly begin: (companion: Companion, window: WorkbenchWindow) => Promise<unknown>;
  readonly end: (companion: Companion, window: WorkbenchWindow) => Promise<unknown>;
}

const USERS: Readonly<Record<'task' | 'api' | 'tool', User>> = {
  task: {
    begin: async (companion) => {
      await companion.call('runTask', 'forwards');
      await waitFor(
        'the task',
        async () => (await companion.call<string[]>('tasks')).includes('forwards') || undefined,
      );
    },
    end: (companion) => companion.call('endTask', 'forwards'),
  },
  api: {
    begin: async (companion) => {
      await companion.call('start', { key: 'echo', request: echo });
      await companion.call('ready', 'echo');
    },
    end: (companion) => companion.call('stop', 'echo'),
  },
  tool: {
    begin: async (companion, window) => {
      const started = tool<PortForwardInfo>(companion, 'startForward', echo);
      await agree(window);
      assert.equal((await started).state, 'ready');
    },
    end: async (companion, window) => {
      const [forward] = await companion.call<PortForwardInfo[]>('list');
      const stopped = tool(companion, 'stopForward', { id: forward?.id });
      await agree(window);
      await stopped;
    },
  },
};

check(
  'the last of two users in two windows closes a forward, and the first does not',
  async ({ window, workbench, hostFolder }) => {
    await window.openView('Port Forward');
    await first.pin();
    other = await workbench.openWindow();
    await second.pin(first);
    await USERS.task.begin(first, window);
    host = await joinHost(hostFolder);
    await untilHolders(1);
    await USERS.task.end(first, window);
    await untilHolders(0);
    for (const [one, two] of [
      ['task', 'task'],
      ['task', 'api'],
      ['api', 'tool'],
    ] as const) {
      for (const endsFirst of ['first', 'second'] as const) {
        const name = `${one} and ${two}, the ${endsFirst} ends before`;
        await USERS[one].begin(first, window);
        await untilHolders(1);
        await USERS[two].begin(second, other);
        await untilHolders(2);
        await using connection = await OpenConnection.to(port);
        const ends = [() => USERS[one].end(first, window), () => USERS[two].end(second, other)];
        if (endsFirst === 'second') ends.reverse();
        await ends[0]?.();
        await untilHolders(1);
        await connection.answers(name);
        await ends[1]?.();
        await connection.untilClosed();
        await untilHolders(0);
      }
    }
  },
);

check('a killed window closes nothing that the other one uses', async ({ window }) => {
  await USERS.api.begin(second, other);
  await USERS.task.begin(first, window);
  await untilHolders(2);
  await using connection = await OpenConnection.to(port);
  process.kill(await second.call<number>('processId'), 'SIGKILL');
  await untilHolders(1);
  await connection.answers('the other window was killed');
  await second.pin(first);
  await USERS.task.end(first, window);
  await connection.untilClosed();
});

check('a stop names the other users, and Undo restores the forward for them', async ({ window }) => {
  await USERS.api.begin(second, other);
  await startInTerminal();
  await untilHolders(2);
  const forwards = window.tree('Forwards');
  await forwards.runInline(`localhost:${port}`, 'Stop Forwarding Port', () =>
    forwards.row(/^Echo, saved/, 2_000),
  );
  await window.notifications.waitFor('another extension');
  await window.screenshot('stopped-for-all');
  assert.equal(await isRefused(port), true);
  await window.notifications.click('another extension', 'Undo');
  await untilHolders(2);
  await OpenConnection.to(port).then((connection) => connection[Symbol.asyncDispose]());
  await USERS.api.end(second, other);
  await untilHolders(1);
  const { stdout } = await first.call<{ stdout: string }>('terminal', ['stop', '--all']);
  assert.match(stdout, /Stopped 1 forward/);
  await untilHolders(0);
});

check(
  'Stop All Forwards says how many forwards were started elsewhere, and Undo restores all',
  async ({ window }) => {
    const target = ['--context', 'demo-admin', '-n', 'demo', 'pod/multi', ':8080', ':9090'];
    await first.call('terminal', ['-d', ...target]);
    await untilHolders(2);
    await window.runCommand('Kubernetes Port Forward: Stop All Forwards');
    const told = 'Stopped 2 forwards, 2 of them started elsewhere. Also used by: a terminal.';
    await window.notifications.waitFor(told);
    await untilHolders(0);
    await window.notifications.click(told, 'Undo');
    await untilHolders(2);
    const { stdout } = await first.call<{ stdout: string }>('terminal', ['stop', '--all']);
    assert.match(stdout, /Stopped 2 forwards/);
    await untilHolders(0);
  },
);

check(
  'a session waits for its own task only, and an aborted one leaves nothing behind',
  async ({ window }) => {
    const down = first.call('startDebugging', 'Down').catch(() => {});
    await window.notifications.waitFor('Waiting for down before debugging');
    await window.screenshot('debug-waits');
    await first.call('startDebugging', 'Hi');
    await waitFor('the unrelated session', async () =>
      (await first.call<string[]>('launches')).length === 1 ? true : undefined,
    );
    await first.call('stopDebugging');
    await window.notifications.click('Waiting for down before debugging', 'Cancel');
    const dialog = window.page.locator('.monaco-dialog-box');
    await dialog.waitFor();
    await dialog.getByText('Abort', { exact: true }).click();
    await down;
    await waitFor('the task to end', async () =>
      (await first.call<string[]>('tasks')).includes('down') ? undefined : true,
    );
  },
);

check(
  'a task that the user ran, after an aborted session, outlives the sessions of other tasks',
  async ({ window }) => {
    await USERS.task.begin(first, window);
    // Equal forwards under another label are another task.
    await first.call('startDebugging', 'Others');
    await waitFor('the session of the other task', async () =>
      (await first.call<string[]>('launches')).length === 2 ? true : undefined,
    );
    assert.deepEqual((await first.call<string[]>('tasks')).sort(), ['forwards', 'others']);
    await first.call('stopDebugging');
    await waitFor('the other task to end', async () =>
      (await first.call<string[]>('tasks')).includes('others') ? undefined : true,
    );
    assert.deepEqual(await first.call<string[]>('tasks'), ['forwards']);
    await USERS.task.end(first, window);
    await untilHolders(0);
  },
);

check(
  'a forward of a terminal and a window ends when either stops it, which names the other, and not with the window',
  async ({ window }) => {
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
    {
      await using connection = await both();
      const forwards = window.tree('Forwards');
      await forwards.runInline('Echo', 'Stop Forwarding Port', () => forwards.row(/^Echo, saved/, 2_000));
      await window.notifications.waitFor('a terminal');
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
  },
);

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

function tool<T>(companion: Companion, name: string, input: object): Promise<T> {
  return companion.call<T>('tool', { name: `kubePortForward_${name}`, input });
}

async function agree({ page }: WorkbenchWindow): Promise<void> {
  const dialog = page.locator('.monaco-dialog-box');
  await dialog.waitFor();
  await dialog.getByText('Yes', { exact: true }).click();
  await dialog.waitFor({ state: 'detached' });
}
