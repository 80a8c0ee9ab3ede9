import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, test } from 'node:test';
import { CodedError } from '../../../../src/base/errors.ts';
import { type ForwardSnapshot, restartForward } from '../../../../src/rpc/forwardsContract.ts';
import { forwardPart, type TaskForward } from '../../../../src/ui/tasks/forwardPart.ts';
import { ForwardTask } from '../../../../src/ui/tasks/forwardTask.ts';
import { eventually } from '../../../support/eventually.ts';
import { readyForward } from '../../../support/fakeHost.ts';
import { connector, forwards, host, window } from '../../../support/fakeWindow.ts';
import { english } from '../../../support/localizer.ts';
import { specification } from '../../../support/uiRows.ts';

const FILE = '/work/.vscode/tasks.json';
const unreachable = {
  code: 'UNREACHABLE',
  arguments: { server: 'https://api', reason: 'ECONNREFUSED' },
} as const;

let lines: string[];
let ends: number[];
const tasks: ForwardTask[] = [];

beforeEach(() => {
  lines = [];
  ends = [];
});

afterEach(() => {
  for (const task of tasks.splice(0)) task.dispose();
});

function named(name: string): TaskForward {
  return { name, specification: async () => specification(name) };
}

function createTask(...wanted: readonly TaskForward[]): ForwardTask {
  const task = new ForwardTask({
    parts: wanted.map((one) => forwardPart(one, 'forwards', { held: window.held, forwards })),
    ...{ clock: window.clock, l10n: english, timeoutMs: 60_000, file: FILE },
    write: (line) => lines.push(line),
    onEnd: (exitCode) => ends.push(exitCode),
  });
  tasks.push(task);
  return task;
}

function failing(names: readonly string[]): void {
  host.startForward = (wanted, id) => ({
    ...readyForward(wanted, id),
    ...(names.includes(wanted.target.name) ? { state: { type: 'failed', error: unreachable } } : {}),
  });
}

function setState(name: string, state: ForwardSnapshot['state']): void {
  host.setForwards(
    host.forwards.map((one) => (one.specification.target.name === name ? { ...one, state } : one)),
  );
}

test('a task reports its beginning, the address of each forward, and its end', async () => {
  const task = createTask(named('web'), named('db'));
  assert.equal(await task.check(), true);
  assert.deepEqual(lines, [
    '> kubePortForward: Forwarding 2 ports',
    '  web: localhost:8080 → pod/web:80',
    '  db: localhost:8080 → pod/db:80',
    '< kubePortForward: 2 of 2 ports forwarded',
  ]);
  assert.deepEqual(ends, []);
  task.dispose();
  await eventually(() => host.forwards.length === 0, 'the forwards to end');
});

test('a forward of another task that changes before the first check does not end the task', async () => {
  const other = createTask(named('db'));
  await other.check();
  const task = createTask(named('web'));
  setState('db', { type: 'reconnecting', error: unreachable, attempt: 1 });
  await eventually(() => lines.at(-1) === '  db: reconnecting', 'the change');
  assert.deepEqual(ends, []);
  assert.equal(await task.check(), true);
});

test('a forward that cannot start is an error before the end, and a task without any forward ends', async () => {
  failing(['web']);
  const task = createTask(named('web'));
  assert.equal(await task.check(), false);
  assert.deepEqual(lines.slice(1), [
    `${FILE}: error: Couldn't forward web: Cannot reach https://api (ECONNREFUSED): check the network, the VPN, and the address in the kubeconfig`,
    '< kubePortForward: 0 of 1 port forwarded',
  ]);
  await eventually(() => ends.length === 1, 'the end');
  assert.deepEqual(ends, [1]);
});

test('an unknown saved name is an error, too', async () => {
  const task = createTask({
    name: 'nobody',
    specification: () => Promise.reject(new CodedError('USAGE', { reason: 'There is no such forward.' })),
  });
  assert.equal(await task.check(), false);
  assert.equal(lines[1], `${FILE}: error: Couldn't forward nobody: There is no such forward.`);
});

test('a task with one of two forwards stays, and another check retries the other', async () => {
  failing(['db']);
  const task = createTask(named('web'), named('db'));
  assert.equal(await task.check(), false);
  assert.equal(task.isReady, false);
  assert.deepEqual(ends, []);
  host.restartForward = (forward) => ({
    ...forward,
    state: { type: 'ready', pod: 'db', transport: 'spdy' },
  });
  assert.equal(await task.check(), true);
  assert.equal(host.sent(restartForward).length, 1);
  assert.equal(task.isReady, true);
  assert.equal(lines.filter((line) => line.startsWith('> ')).length, 2);
  assert.equal(lines.at(-1), '< kubePortForward: 2 of 2 ports forwarded');
});

test('a forward on its way is waited for with a limit', async () => {
  host.startForward = (wanted, id) => ({
    ...readyForward(wanted, id),
    state: { type: 'reconnecting', error: unreachable, attempt: 2 },
  });
  const task = createTask(named('web'));
  const checked = task.check();
  await eventually(() => host.forwards.length === 1, 'the forward');
  setState('web', { type: 'ready', pod: 'web', transport: 'spdy' });
  assert.equal(await checked, true);
  assert.equal(window.clock.pending, 0);
  setState('web', { type: 'reconnecting', error: unreachable, attempt: 1 });
  const again = task.check();
  await eventually(() => window.clock.pending === 1, 'the limit');
  window.clock.advance(60_000);
  assert.equal(await again, false);
  const [problem] = lines.filter((line) => line.startsWith(FILE));
  assert.match(problem ?? '', /error: Couldn't forward web: Cannot reach https:\/\/api/);
  assert.equal(lines.at(-1), '  web: reconnecting');
});

test('two simultaneous checks share one', async () => {
  const task = createTask(named('web'));
  assert.deepEqual(await Promise.all([task.check(), task.check()]), [true, true]);
  assert.equal(lines.filter((line) => line.startsWith('> ')).length, 1);
});

test('a task reports the states of its forwards, and ends with the last of them', async () => {
  const task = createTask(named('web'), named('db'));
  await task.check();
  lines.length = 0;
  setState('web', { type: 'reconnecting', error: unreachable, attempt: 1 });
  setState('web', { type: 'ready', pod: 'web', transport: 'spdy' });
  host.setForwards(host.forwards.filter((one) => one.specification.target.name !== 'web'));
  assert.deepEqual(lines, ['  web: reconnecting', '  web: reconnected', '  web: stopped']);
  assert.deepEqual(ends, []);
  host.setForwards([]);
  assert.deepEqual(ends, [0]);
});

test('a task says why no forward starts again after the host died, ends with code 1, and can start it anew', async () => {
  const task = createTask(named('web'));
  await task.check();
  const { startForward } = host;
  host.startForward = () =>
    Promise.reject(new CodedError('PLUGIN_NOT_ALLOWED', { command: 'aws', context: 'dev' }));
  host.die();
  await connector.connect();
  await eventually(() => ends.length === 1, 'the end');
  assert.match(lines.at(-1) ?? '', /error: Couldn't forward web: .*aws/);
  assert.deepEqual(ends, [1]);
  host.startForward = startForward;
  assert.equal(await task.check(), true);
});

test('a task disposed of at its beginning releases later forwards', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  host.startForward = (wanted, id) => promise.then(() => readyForward(wanted, id));
  const task = createTask(named('web'));
  const checked = task.check();
  await eventually(() => host.requests.length > 0, 'the start');
  task.dispose();
  assert.equal(await checked, false);
  resolve();
  await eventually(() => host.forwards.length === 0, 'the forward to end');
  assert.deepEqual(ends, []);
  assert.equal(window.clock.pending, 0);
});

test('the problem matcher of package.json reads exactly these lines', async () => {
  failing(['db']);
  const task = createTask(named('web'), named('db'));
  await task.check();
  task.dispose();
  const [matcher] = JSON.parse(readFileSync('package.json', 'utf8')).contributes.problemMatchers;
  const matching = (pattern: string) => lines.filter((line) => new RegExp(pattern).test(line));
  assert.deepEqual(matching(matcher.background.beginsPattern), [lines[0]]);
  assert.deepEqual(matching(matcher.background.endsPattern), [lines.at(-1)]);
  const [problem] = matching(matcher.pattern.regexp);
  const found = new RegExp(matcher.pattern.regexp).exec(problem ?? '');
  assert.equal(found?.[matcher.pattern.file], FILE);
  assert.match(found?.[matcher.pattern.message] ?? '', /^Couldn't forward db: /);
  assert.equal(matching(matcher.pattern.regexp).length, 1);
});

test('the terminal shows at once why a forward is not ready, each reason once', async () => {
  const answer = Promise.withResolvers<void>();
  const reconnecting = { type: 'reconnecting', error: unreachable, attempt: 1 } as const;
  host.startForward = async (wanted, id) => {
    await answer.promise;
    return { ...readyForward(wanted, id), state: reconnecting };
  };
  const task = createTask(named('web'));
  const reasons: (string | undefined)[] = [];
  task.onDidChangeReason(() => reasons.push(task.reason));
  const check = task.check();
  answer.resolve();
  await eventually(() => reasons.length > 0, 'a reason');
  setState('web', { ...reconnecting, attempt: 2 });
  assert.match(lines[1] ?? '', /^ {2}web is not forwarded yet: Cannot reach https:\/\/api \(ECONNREFUSED\)/);
  assert.equal(lines[0], '> kubePortForward: Forwarding 1 port');
  assert.equal(lines.length, 2);
  assert.equal(task.hasReady, false);
  setState('web', { type: 'ready', pod: 'web', transport: 'spdy' });
  assert.equal(await check, true);
  assert.deepEqual([task.hasReady, task.reason, reasons.length], [true, undefined, 2]);
});

test('a cancelled check reports the missing forwards and ends', async () => {
  const { promise } = Promise.withResolvers<ForwardSnapshot>();
  host.startForward = () => promise;
  const task = createTask(named('web'));
  const check = task.check();
  await eventually(() => host.requests.length > 0, 'the start');
  task.cancelCheck();
  assert.equal(await check, false);
  assert.deepEqual(lines.slice(1), [
    `${FILE}: error: Couldn't forward web: Stopped`,
    '< kubePortForward: 0 of 1 port forwarded',
  ]);
});
