import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PortForwardInfo } from '../../src/ui/api/portForwardApi.ts';
import { ATTEMPT_LIMIT_MS, STEP_LIMIT_MS, waitFor } from './harness/limits.ts';
import { answerDialog } from './support/answerDialog.ts';
import { COMPANION, Companion, KUBERNETES_EXPLORER } from './support/companion.ts';
import type { Fixture } from './support/fixture.ts';
import { fetchText, freePort, isRefused } from './support/ports.ts';
import { scenario } from './support/scenario.ts';
import { makeWorkspaceFolder } from './support/workspaceFolder.ts';

// Tests how other extensions and AI agents use the extension, and how programs reach the services of a namespace by
// name. VS Code starts these programs in a terminal, in the debugger and in a task.

const folder = makeWorkspaceFolder();
const companion = new Companion(folder.path);
const place = { context: 'demo-admin', namespace: 'demo' };
const web = { ...place, target: 'service/web', remotePort: 80 };
const names = { type: 'kubePortForward', label: 'names', proxy: true, ...place };
// A VS Code variable, not a JavaScript template. The two strings keep the linter from reporting a template.
const ENV_FILE = '$' + '{command:kubePortForward.envFile}';

folder.writeText(
  'program.cjs',
  `fetch('http://web/api/pod').then(async (answer) =>
    require('node:fs').writeFileSync(__dirname + '/' + process.argv[2], await answer.text()));`,
);
folder.write('.vscode/tasks.json', {
  version: '2.0.0',
  tasks: [
    names,
    { ...names, label: 'nowhere', namespace: 'nowhere' },
    {
      ...{ type: 'shell', label: 'program', dependsOn: ['names'] },
      command: `set -a && . ${ENV_FILE} && ${process.execPath} program.cjs task.json`,
    },
  ],
});
folder.write('.vscode/launch.json', {
  version: '0.2.0',
  configurations: [
    {
      ...{ type: 'node', request: 'launch', name: 'Program', console: 'internalConsole' },
      ...{
        program: 'program.cjs',
        args: ['debugged.json'],
        cwd: folder.path,
        runtimeExecutable: process.execPath,
      },
      ...{ preLaunchTask: 'names', envFile: ENV_FILE },
    },
  ],
});

const { test } = scenario('integrations', {
  cluster: {},
  workbench: {
    folder: folder.path,
    others: [COMPANION, KUBERNETES_EXPLORER],
    settings: { 'chat.disableAIFeatures': false, 'debug.javascript.autoAttachFilter': 'disabled' },
  },
});

test('another extension starts a forward, follows it, and stops it', async ({ window, forwards }) => {
  await window.openView('Port Forward');
  await companion.ready();
  assert.deepEqual(await companion.call('version'), { version: 1, isFrozen: true });
  assert.deepEqual(await companion.call('list'), []);
  const localPort = await freePort();
  await companion.call('start', { key: 'web', request: { ...web, localPort, label: 'Companion' } });
  const info = await companion.call<PortForwardInfo>('ready', 'web');
  const { id, pod, ...rest } = info;
  assert.match(pod ?? '', /^web-/);
  assert.deepEqual(rest, { ...web, state: 'ready', address: 'localhost', localPort, label: 'Companion' });
  assert.match(await fetchText(localPort), /<!doctype html>/);
  assert.deepEqual(
    (await companion.call<PortForwardInfo[]>('list')).map((listed) => listed.id),
    [id],
  );
  await forwards.row(/^Companion, forwarded to localhost:\d+, ready/);
  assert.ok((await companion.call<number>('changes')) > 0);
  await companion.call('stop', 'web');
  assert.equal(await isRefused(localPort), true);
  assert.equal(await companion.call('info', 'web'), null);
  await nothingListed();
});

test('an agent finds targets and starts a forward once the user agrees', async ({ window }) => {
  assert.deepEqual(
    new Set(await companion.call<string[]>('tools')),
    new Set([
      'kubePortForward_listTargets',
      'kubePortForward_listNames',
      'kubePortForward_openNamespace',
      'kubePortForward_listForwards',
      'kubePortForward_listRequests',
      'kubePortForward_startForward',
      'kubePortForward_stopForward',
    ]),
  );
  const contexts = await tool<{ context: string }[]>('listTargets', {});
  assert.ok(contexts.some(({ context }) => context === 'demo-admin'));
  const namespaces = await tool<{ namespace: string }[]>('listTargets', { context: 'demo-admin' });
  assert.ok(namespaces.some(({ namespace }) => namespace === 'demo'));
  const targets = await tool<{ target: string; ports: unknown }[]>('listTargets', {
    ...place,
    filter: 'web',
  });
  assert.deepEqual(targets.find(({ target }) => target === 'service/web')?.ports, [
    { name: 'http', number: 80 },
  ]);
  await assert.rejects(tool('startForward', { ...web, context: 'nowhere' }), /Context "nowhere" not found/);
  const localPort = await freePort();
  const started = tool<PortForwardInfo>('startForward', { ...web, localPort });
  const text = await answerDialog(window, 'Yes');
  assert.match(
    text,
    /Port 80 of service\/web in namespace demo, context demo-admin \(cluster .+\), to local port \d+, reachable only from this machine/,
  );
  const { id, state } = await started;
  assert.equal(state, 'ready');
  assert.match(await fetchText(localPort), /<!doctype html>/);
  const listed = await tool<PortForwardInfo[]>('listForwards', {});
  assert.deepEqual(
    listed.map((forward) => forward.localPort),
    [localPort],
  );
  const stopped = tool('stopForward', { id });
  await answerDialog(window, 'Yes');
  await stopped;
  assert.equal(await isRefused(localPort), true);
});

test("a service of the Kubernetes extension's tree is forwarded", async ({ window }) => {
  await window.openView('Explorer');
  const tree = window.tree('Kubernetes Clusters');
  await window.page.locator('.pane-header[aria-label="Kubernetes Clusters Section"]').click();
  await tree.row('service web');
  await tree.runFromContextMenu('service web', 'Forward Port without kubectl...');
  await window.notifications.waitFor(/Forwarding localhost:\d+ → service\/web:80/);
  await window.runCommand('Notifications: Clear All Notifications');
});

test('a debugged program reaches a service by its name, and the file with its variables goes with the task', async () => {
  const path = await companion.call<string>('envFile', 'names');
  assert.equal(existsSync(path), false);
  await companion.call('startDebugging', 'Program');
  assert.match(await seen('debugged.json'), /"namespace":"demo"/);
  await companion.untilTasks();
  assert.equal(existsSync(path), false);
});

test('a task of a shell reads the file of the task that it depends on', async () => {
  await companion.call('runTask', 'program');
  assert.match(await seen('task.json'), /"namespace":"demo"/);
  const path = await companion.call<string>('envFile', undefined);
  assert.match(readFileSync(path, 'utf8'), /^HTTP_PROXY=http:\/\/kube:[\w-]+@127\.0\.0\.1:\d+$/m);
  await companion.call('endTask', 'names');
  await waitFor('the file to go', () => !existsSync(path));
});

test('a task for a namespace that does not exist says so and ends', async () => {
  await companion.call('runTask', 'nowhere');
  await waitFor('the problem', async () =>
    (await companion.call<string[]>('problems')).some((problem) => problem.includes('nowhere')),
  );
  await waitFor(
    'the task to end',
    async () => !(await companion.call<string[]>('tasks')).includes('nowhere'),
  );
});

test('a terminal of the profile opens a namespace unless the user cancels, and curl reaches a service by its name', async (fixture) => {
  const { window } = fixture;
  await newTerminal(window);
  await window.quickInput.waitForTitle('Kubernetes Namespace');
  await window.quickInput.cancel();
  await window.quickInput.waitUntilClosed();
  assert.deepEqual(await window.notifications.texts(), []);
  const panel = window.page.locator('.part.panel');
  if (await panel.isVisible()) await window.runCommand('View: Hide Panel');
  await newTerminal(window);
  await pickNamed(window, 'Kubernetes Namespace', 'demo-admin');
  await pickNamed(window, 'Kubernetes Namespace: demo-admin', 'demo');
  await terminalNamed('demo (Kubernetes)');
  await panel.waitFor({ timeout: STEP_LIMIT_MS });
  const text = 'curl -s http://web/api/pod > terminal.json';
  await companion.call('sendText', { terminal: 'demo (Kubernetes)', text });
  assert.match(await seen('terminal.json'), /"namespace":"demo"/);
  await window.screenshot('terminal-by-name');
});

async function nothingListed(): Promise<void> {
  await waitFor('nothing to be listed', async () => (await companion.call<unknown[]>('list')).length === 0);
}

function tool<T>(name: string, input: object): Promise<T> {
  return companion.call<T>('tool', { name: `kubePortForward_${name}`, input });
}

/** Waits until a program has written to a file. Returns the content of the file. */
function seen(file: string): Promise<string> {
  return waitFor(file, () => {
    const path = join(folder.path, file);
    const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
    return text === '' ? undefined : text;
  });
}

async function newTerminal(window: Fixture['window']): Promise<void> {
  await waitFor('the profile', async () => {
    await window.runCommand('Create New Terminal (With Profile)');
    const items = await window.quickInput.items();
    return items.some((item) => item.startsWith('Kubernetes Namespace'));
  });
  await window.quickInput.pick('Kubernetes Namespace');
}

/**
 * Waits until a quick pick has a row, and picks the row. Waits because contexts and namespaces are loaded after the
 * quick pick has opened. Picks again if VS Code loses the key.
 */
async function pickNamed({ quickInput }: Fixture['window'], title: string, name: string): Promise<void> {
  await quickInput.waitForTitle(title);
  const isTaken = async () => (await quickInput.title()) !== title;
  await waitFor(`${name} to be taken`, async () => {
    if (await isTaken()) return true;
    await quickInput.type(name);
    if (!(await quickInput.items())[0]?.startsWith(name)) return undefined;
    await quickInput.accept();
    return waitFor('the next question', isTaken, ATTEMPT_LIMIT_MS);
  });
}

function terminalNamed(name: string): Promise<true> {
  return waitFor(`a terminal named ${name}`, async () =>
    (await companion.call<string[]>('terminals')).includes(name),
  );
}
