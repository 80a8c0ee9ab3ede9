import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import type { Pseudoterminal } from 'vscode';
import type { GatewayVariables } from '../../../../src/rpc/gatewayContract.ts';
import type { ForwardTasks, RunningTask } from '../../../../src/ui/tasks/forwardTasks.ts';
import { type CustomExecution, fake } from '../../../support/fakeVscode.ts';
import { forwards, gateways, host, window } from '../../../support/fakeWindow.ts';
import { temporaryDirectory } from '../../../support/temporaryDirectory.ts';
import { contextRow } from '../../../support/uiRows.ts';

const { EntryStarter } = await import('../../../../src/ui/saved/entryStarter.ts');
const tasksModule = await import('../../../../src/ui/tasks/forwardTasks.ts');

let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
let tasks: ForwardTasks;

beforeEach(async () => {
  folder = await temporaryDirectory();
  host.contexts = { contexts: [contextRow('dev', { isCurrent: true })], problems: [] };
  host.answers.set('gateways/variables', () => ({ variables: {}, secret: '' }));
  const { held, heldGateways, contexts, ports } = window;
  tasks = new tasksModule.ForwardTasks({
    ...{ held, forwards, heldGateways, gateways, storage: folder.path },
    saved: window.saved as never,
    entries: new EntryStarter(contexts, forwards, gateways, ports),
  });
});

afterEach(async () => {
  tasks.dispose();
  await folder[Symbol.asyncDispose]();
});

const LITERAL = { target: 'pod/web', remotePort: 80 };

/** Runs a task with these forwards, and waits for its first check. Returns the task and the lines in its terminal. */
function runTask(...forwards: readonly unknown[]): Promise<RunTask> {
  return runDefinition({ forwards });
}

type RunTask = RunningTask & { readonly lines: readonly string[] };

async function runDefinition(properties: object): Promise<RunTask> {
  const definition = { type: 'kubePortForward', ...properties };
  const task = tasks.resolveTask({ definition, scope: undefined, name: 'task' } as never);
  const execution = task.execution as unknown as CustomExecution;
  const terminal = (await execution.open(definition)) as Pseudoterminal;
  const lines: string[] = [];
  terminal.onDidWrite((line) => lines.push(line));
  terminal.open(undefined);
  const [running] = tasks.running;
  assert.ok(running);
  await running.firstCheck;
  return { ...running, lines };
}

for (const [type, entry] of [
  ['forward', { name: 'shop', ...LITERAL, target: 'pod/shop' }],
  ['namespace', { name: 'shop', namespace: 'shop', proxy: true }],
] as const) {
  test(`a task reads the settings of a saved ${type} again for each attempt`, async () => {
    const scope = { type: 'workspace' } as const;
    window.saved.forwards = [{ scope, entry: { ...entry, context: 'gone' } }];
    const { task, lines } = await runTask(LITERAL, 'shop');
    assert.match(lines.join(''), /Context "gone" not found/);
    assert.equal(task.isReady, false);
    window.saved.forwards = [{ scope, entry: { ...entry, context: 'dev' } }];
    assert.equal(await task.check(), true, lines.join(''));
    window.saved.forwards = [];
    assert.equal(await task.check(), true, 'what runs is not read again');
  });
}

test('the message about an invalid forward of a task names the namespace or port of the forward, and the reason', async () => {
  const { lines } = await runTask({ proxy: true, namespace: 'demo' }, { remotePort: 80 }, null, LITERAL);
  const text = lines.join('');
  assert.match(text, /demo: "proxy" cannot be used in "forwards" of a task/);
  assert.match(text, /80: "target" is missing/);
  assert.match(text, /task: "target" is missing/);
  assert.doesNotMatch(text, /undefined/);
});

test('a task opens a saved forward of the user only in contexts of the user', async () => {
  const entries = [
    { name: 'shop', ...LITERAL, target: 'pod/shop', context: 'dev' },
    { name: 'names', namespace: 'shop', proxy: true, context: 'dev' },
  ] as const;
  const saveIn = (type: 'user' | 'workspace') => {
    window.saved.forwards = entries.map((entry) => ({ scope: { type }, entry }));
  };
  saveIn('user');
  const { task, lines } = await runTask(LITERAL, 'shop', 'names');
  assert.equal(lines.join('').match(/Context "dev" not found/g)?.length, 2, lines.join(''));
  assert.deepEqual([host.forwards.length, host.gateways.length], [1, 0]);
  saveIn('workspace');
  assert.equal(await task.check(), true, lines.join(''));
  assert.deepEqual([host.forwards.length, host.gateways.length], [2, 1]);
  assert.deepEqual(fake.messages, []);
});

test('a task without a context names the default kubeconfig that cannot be used', async () => {
  const error = { code: 'KUBECONFIG_INVALID', arguments: { path: '/k/bad', line: 3, reason: 'no' } } as const;
  const problems = [{ kubeconfig: '/k/bad', error, hidesContextsOf: '' }];
  host.contexts = { contexts: [contextRow('dev')], problems };
  const { lines } = await runTask(LITERAL);
  assert.match(lines.join(''), /Invalid kubeconfig \/k\/bad, line 3: no/);
});

/** Returns the content of each environment file. */
function envFiles(): readonly string[] {
  const files = readdirSync(join(folder.path, 'env'));
  return files.map((file) => readFileSync(join(folder.path, 'env', file), 'utf8'));
}

for (const [title, context, variables] of [
  ['one context share an environment file that finds the services of all', 'dev', 'dev: own,shop'],
  ['several contexts have an environment file for the context of the task itself', 'test', 'dev: own'],
] as const) {
  test(`the namespaces of a task in ${title}`, async () => {
    const rows = [contextRow('dev', { isCurrent: true }), contextRow('test')];
    host.contexts = { contexts: rows, problems: [] };
    host.answers.set('gateways/variables', ({ id, namespaces }: GatewayVariables) => {
      const gateway = host.gateways.find((one) => one.id === id);
      const text = `${gateway?.specification.context.context}: ${namespaces}`;
      return { variables: { FOR: text }, secret: '' };
    });
    const entry = { name: 'names', namespace: 'shop', proxy: true, context } as const;
    window.saved.forwards = [{ scope: { type: 'workspace' }, entry }];
    const { task, lines } = await runDefinition({ forwards: ['names'], proxy: true, namespace: 'own' });
    assert.equal(task.isReady, true, lines.join(''));
    assert.deepEqual(envFiles(), [`FOR=${variables}\n`]);
    task.dispose();
    assert.deepEqual(envFiles(), []);
  });
}
