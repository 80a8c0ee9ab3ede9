import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ATTEMPT_LIMIT_MS, waitFor } from './harness/limits.ts';
import { COMPANION, Companion } from './support/companion.ts';
import type { Fixture } from './support/fixture.ts';
import { scenario } from './support/scenario.ts';
import { makeWorkspaceFolder } from './support/workspaceFolder.ts';

// Programs that VS Code starts reach the services of a namespace by their names: in a terminal, in the debugger, and in a task.

const folder = makeWorkspaceFolder();
const companion = new Companion(folder.path);
const place = { context: 'demo-admin', namespace: 'demo' };
const names = { type: 'kubePortForward', label: 'names', proxy: true, ...place };
// This `$` belongs to VS Code.
const ENV_FILE = '$' + '{command:kubePortForward.envFile}';

folder.writeText(
  'program.js',
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
      command: `set -a && . ${ENV_FILE} && ${process.execPath} program.js task.json`,
    },
  ],
});
folder.write('.vscode/launch.json', {
  version: '0.2.0',
  configurations: [
    {
      ...{ type: 'node', request: 'launch', name: 'Program', console: 'internalConsole' },
      ...{
        program: 'program.js',
        args: ['debugged.json'],
        cwd: folder.path,
        runtimeExecutable: process.execPath,
      },
      ...{ preLaunchTask: 'names', envFile: ENV_FILE },
    },
  ],
});

const { check } = scenario('programs-by-name', {
  cluster: {},
  workbench: {
    folder: folder.path,
    others: [COMPANION],
    settings: { 'debug.javascript.autoAttachFilter': 'disabled' },
  },
});

check(
  'a debugged program reaches a service by its name, and the file with its variables goes with the task',
  async ({ window }) => {
    await window.openView('Port Forward');
    await companion.ready();
    const path = await companion.call<string>('envFile', 'names');
    assert.equal(existsSync(path), false);
    await companion.call('startDebugging', 'Program');
    assert.match(await seen('debugged.json'), /"namespace":"demo"/);
    await waitFor('the task to end', async () =>
      (await companion.call<string[]>('tasks')).length === 0 ? true : undefined,
    );
    assert.equal(existsSync(path), false);
  },
);

check('a task of a shell reads the file of the task that it depends on', async () => {
  await companion.call('runTask', 'program');
  assert.match(await seen('task.json'), /"namespace":"demo"/);
  const path = await companion.call<string>('envFile', undefined);
  assert.match(readFileSync(path, 'utf8'), /^HTTP_PROXY=http:\/\/kube:[\w-]+@127\.0\.0\.1:\d+$/m);
  await companion.call('endTask', 'names');
  await waitFor('the file to go', () => (existsSync(path) ? undefined : true));
});

check('a task for a namespace that does not exist says so and ends', async () => {
  await companion.call('runTask', 'nowhere');
  await waitFor('the problem', async () =>
    (await companion.call<string[]>('problems')).some((problem) => problem.includes('nowhere'))
      ? true
      : undefined,
  );
  await waitFor('the task to end', async () =>
    (await companion.call<string[]>('tasks')).includes('nowhere') ? undefined : true,
  );
});

check(
  'a terminal of the profile opens a namespace unless the user cancels, and curl reaches a service by its name',
  async ({ window }) => {
    await newTerminal(window);
    await window.quickInput.waitForTitle('Kubernetes Namespace');
    await window.quickInput.cancel();
    await window.quickInput.waitUntilClosed();
    assert.deepEqual(await window.notifications.texts(), []);
    await newTerminal(window);
    await pickNamed(window, 'Kubernetes Namespace', 'demo-admin');
    await pickNamed(window, 'Kubernetes Namespace: demo-admin', 'demo');
    await terminalNamed('demo (Kubernetes)');
    const text = 'curl -s http://web/api/pod > terminal.json';
    await companion.call('sendText', { terminal: 'demo (Kubernetes)', text });
    assert.match(await seen('terminal.json'), /"namespace":"demo"/);
    await window.screenshot('terminal-by-name');
  },
);

/** What a program has written. */
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
    return items.some((item) => item.startsWith('Kubernetes Namespace')) ? true : undefined;
  });
  await window.quickInput.pick('Kubernetes Namespace');
}

/** Picks a row once it is there, because contexts and namespaces come a moment later, and again if VS Code loses the key. */
async function pickNamed({ quickInput }: Fixture['window'], title: string, name: string): Promise<void> {
  await quickInput.waitForTitle(title);
  const isTaken = async () => ((await quickInput.title()) === title ? undefined : true);
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
    (await companion.call<string[]>('terminals')).includes(name) ? true : undefined,
  );
}
