import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, test } from 'node:test';
import { gatewayVariables } from '../../../../src/rpc/gatewayContract.ts';
import { EnvFiles } from '../../../../src/ui/tasks/envFiles.ts';
import { ForwardTask } from '../../../../src/ui/tasks/forwardTask.ts';
import { SharedEnvFile } from '../../../../src/ui/tasks/sharedEnvFile.ts';
import { eventually } from '../../../support/eventually.ts';
import { readyGateway } from '../../../support/fakeHost.ts';
import '../../../support/fakeVscode.ts';
import { gateways, host, window } from '../../../support/fakeWindow.ts';
import { english } from '../../../support/localizer.ts';
import { temporaryDirectory } from '../../../support/temporaryDirectory.ts';
import { target } from '../../../support/uiRows.ts';

const { namesPart } = await import('../../../../src/ui/tasks/namesPart.ts');

const FILE = '/work/.vscode/tasks.json';
const { context } = target('web');
const error = { code: 'UNREACHABLE', arguments: { server: 'https://api', reason: 'ECONNREFUSED' } } as const;

let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
let envFiles: EnvFiles;
let lines: string[];

beforeEach(async () => {
  folder = await temporaryDirectory();
  host.answers.set(gatewayVariables.method, () => ({
    variables: { HTTP_PROXY: `http://kube:secret@127.0.0.1:${host.gateways[0]?.localPort}` },
    secret: 'secret',
  }));
  envFiles = new EnvFiles(folder.path);
  lines = [];
});

afterEach(() => folder[Symbol.asyncDispose]());

function createTask(name: string): ForwardTask {
  const wanted = async () => ({ context, namespaces: ['demo'] });
  const envFile = new SharedEnvFile({ name, folder: '' }, envFiles, gateways);
  return new ForwardTask({
    parts: [
      namesPart({ name: 'demo', wanted, envFile }, name, { heldGateways: window.heldGateways, gateways }),
    ],
    ...{ clock: window.clock, l10n: english, timeoutMs: 60_000, file: FILE },
    write: (line) => lines.push(line),
    onEnd: () => {},
  });
}

function variables(task: string): string {
  return readFileSync(envFiles.pathOf({ name: task, folder: '' }), 'utf8');
}

test('a namespace that becomes reachable after the first check timed out is ready once a check has written its variables', async () => {
  const namespaces = [{ name: 'demo', isLoaded: false, error }];
  host.startGateway = (start, id) => ({
    ...readyGateway(start, id),
    ...{ state: { type: 'starting', error }, namespaces },
  });
  const task = createTask('names');
  const first = task.check();
  await eventually(
    () => host.gateways.some(({ id }) => window.heldGateways.of('task', id).length > 0),
    'the hold',
  );
  window.clock.advance(60_000);
  assert.equal(await first, false);
  assert.match(
    lines.find((line) => line.startsWith(FILE)) ?? '',
    /Couldn't forward demo: Cannot reach https/,
  );
  const ready = { state: { type: 'ready' }, namespaces: [{ name: 'demo', isLoaded: true }] } as const;
  host.setGateways(host.gateways.map((one) => ({ ...one, ...ready })));
  assert.deepEqual([task.isReady, task.hasReady], [false, false], 'a program would miss the variables');
  assert.equal(await task.check(), true);
  assert.equal(task.isReady, true);
  assert.equal(variables('names'), 'HTTP_PROXY=http://kube:secret@127.0.0.1:8900\n');
  task.dispose();
  assert.equal(existsSync(envFiles.pathOf({ name: 'names', folder: '' })), false);
  await eventually(() => host.gateways.length === 0, 'the release');
});

test('a task is not ready while its variables name another port than the gateway has', async () => {
  const task = createTask('names');
  assert.equal(await task.check(), true);
  host.setGateways(host.gateways.map((one) => ({ ...one, localPort: 8901 })));
  assert.equal(task.isReady, false);
  assert.equal(await task.check(), true);
  assert.deepEqual([task.isReady, /:8901$/m.test(variables('names'))], [true, true]);
  task.dispose();
});

test('of two tasks with one name, each is ready only while the file has its variables', async () => {
  const [first, second] = [createTask('names'), createTask('names')];
  assert.equal(await first.check(), true);
  assert.equal(await second.check(), true);
  assert.deepEqual([first.isReady, second.isReady], [false, true]);
  first.dispose();
  assert.equal(existsSync(envFiles.pathOf({ name: 'names', folder: '' })), true);
  second.dispose();
  assert.equal(existsSync(envFiles.pathOf({ name: 'names', folder: '' })), false);
});

test('a task whose terminal was closed before it was opened starts nothing', async () => {
  const task = createTask('names');
  task.dispose();
  assert.equal(await task.check(), false);
  assert.deepEqual([lines, host.starts, window.clock.pending], [[], 0, 0]);
});
