import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { Emitter } from '../../../../src/base/event.ts';
import type { DebugSessions as Sessions } from '../../../../src/ui/tasks/debugSessions.ts';
import type { ForwardTasks, RunningTask } from '../../../../src/ui/tasks/forwardTasks.ts';
import { FakeClock } from '../../../support/fakeClock.ts';
import { events, fake } from '../../../support/fakeVscode.ts';
import { never } from '../../../support/never.ts';

const { DebugSessions } = await import('../../../../src/ui/tasks/debugSessions.ts');

const type = 'kubePortForward';
/** By this time after the end of a session, its task has ended, unless another session uses it. Milliseconds. */
const LATER_MS = 10_000;

let clock: FakeClock;
let running: RunningTask[];
let opened: Emitter<RunningTask>;
let sessions: Sessions;
let checks: string[];

beforeEach(() => {
  const configured = [
    { type, label: 'forwards' },
    { type, label: 'others' },
    { label: 'slow', dependsOn: ['forwards', 'sleep'] },
  ];
  const compounds = [{ name: 'Both', configurations: ['Server', 'Client'], preLaunchTask: 'forwards' }];
  fake.inspected = {
    'tasks.tasks': { workspaceFolderValue: configured },
    'launch.compounds': { workspaceFolderValue: compounds },
  };
  clock = new FakeClock();
  running = [];
  checks = [];
  opened = new Emitter();
  const tasks = { onDidOpen: opened.event, running };
  sessions = new DebugSessions(tasks as unknown as ForwardTasks, clock);
});

afterEach(() => sessions.dispose());

const names = () => running.map(({ name }) => name);

/**
 * Opens a running task, as VS Code does for a debug session or for the user. `firstCheck` is the result of its check.
 */
function open(name: string, firstCheck: Promise<boolean> = Promise.resolve(true), isReady = true): void {
  const task = {
    ...{ isReady, hasReady: isReady, onDidChangeReason: () => ({ dispose: () => {} }) },
    check: async () => {
      checks.push(name);
      return true;
    },
  };
  const one = {
    ...{ name, file: '/work/.vscode/tasks.json', definition: { type }, folder: undefined, task, firstCheck },
    end: () => running.splice(running.indexOf(one), 1),
  } as unknown as RunningTask;
  running.push(one);
  opened.fire(one);
}

async function settle(): Promise<void> {
  for (let round = 0; round < 10; round++) await new Promise((resolve) => setImmediate(resolve));
}

/**
 * Starts a debug session in the order of VS Code: asks the extension, runs the task unless it runs, starts the
 * debugger.
 */
async function debug(name: string, preLaunchTask?: string): Promise<void> {
  await prepare(name, preLaunchTask);
  if (preLaunchTask !== undefined && !names().includes(preLaunchTask)) open(preLaunchTask);
  started(name, preLaunchTask);
}

const prepare = (name: string, preLaunchTask?: string) =>
  sessions.prepare(
    undefined,
    { type, request: 'launch', name, ...(preLaunchTask && { preLaunchTask }) },
    never,
  );
const started = (name: string, preLaunchTask?: string) =>
  events.startDebugSession.fire({
    id: name,
    configuration: { name, ...(preLaunchTask && { preLaunchTask }) },
  });

async function end(name: string): Promise<void> {
  events.endDebugSession.fire({ id: name });
  clock.advance(LATER_MS);
  await settle();
}

test('a task that a session opened ends with the last session that uses it, unless a setting keeps it', async () => {
  await debug('Good', 'forwards');
  await debug('Again', 'forwards');
  await end('Good');
  assert.deepEqual(names(), ['forwards']);
  await end('Again');
  assert.deepEqual(names(), []);
  fake.settings = { stopForwardsAfterDebugging: false };
  await debug('Good', 'forwards');
  await end('Good');
  assert.deepEqual(names(), ['forwards']);
});

test('a session that starts while its task is about to end keeps the task, however long its other tasks take', async () => {
  await debug('Good', 'forwards');
  events.endDebugSession.fire({ id: 'Good' });
  await prepare('Slow', 'slow');
  clock.advance(LATER_MS);
  assert.deepEqual(names(), ['forwards']);
  started('Slow', 'slow');
  await end('Slow');
  assert.deepEqual(names(), []);
});

test('a session that is still starting keeps its task while another session with the same task starts and ends', async () => {
  await Promise.all([prepare('Seed', 'forwards'), prepare('Slow', 'forwards')]);
  open('forwards');
  await settle();
  started('Seed', 'forwards');
  await end('Seed');
  assert.deepEqual(names(), ['forwards']);
  started('Slow', 'forwards');
  await end('Slow');
  assert.deepEqual(names(), []);
});

test('a session counts as started even if VS Code has replaced variables in its name', async () => {
  await prepare('Good $' + '{file}', 'forwards');
  open('forwards');
  await settle();
  started('Good', 'forwards');
  await end('Good');
  assert.deepEqual(names(), []);
});

test('a task that the user ran outlives the sessions that use it, and those of a task with equal forwards', async () => {
  open('forwards');
  await settle();
  await debug('Good', 'forwards');
  await debug('Others', 'others');
  assert.deepEqual(names(), ['forwards', 'others']);
  await end('Others');
  await end('Good');
  assert.deepEqual(names(), ['forwards']);
});

test('a task that is no longer ready is checked again before the session', async () => {
  open('forwards', Promise.resolve(false), false);
  const prepared = prepare('Good', 'forwards');
  await settle();
  // VS Code shows no problem of the task, so the session need not wait any longer.
  clock.advance(LATER_MS);
  assert.equal(await prepared, true);
  assert.deepEqual(checks, ['forwards']);
});

test('a session waits for the end of its task even if a task of the same name runs in another folder', async () => {
  const execution = () => ({ task: { name: 'forwards', definition: { type } } });
  const [elsewhere, ending] = [execution(), execution()];
  open('forwards');
  fake.taskExecutions = [elsewhere, ending];
  let isPrepared = false;
  const prepared = prepare('Good', 'forwards').then(() => {
    isPrepared = true;
  });
  await settle();
  assert.equal(isPrepared, false);
  fake.taskExecutions = [elsewhere];
  events.endTask.fire({ execution: ending });
  await prepared;
  assert.equal(clock.pending, 0);
});

test('the task of a compound ends with the last of its sessions', async () => {
  open('forwards');
  await Promise.all([prepare('Server'), prepare('Client')]);
  for (const name of ['Server', 'Client']) started(name);
  await end('Server');
  assert.deepEqual(names(), ['forwards']);
  await end('Client');
  assert.deepEqual(names(), []);
});

test('a task that the user ran outlives a single session of its compound', async () => {
  open('forwards');
  const prepared = prepare('Client');
  await settle();
  clock.advance(LATER_MS);
  await prepared;
  started('Client');
  await end('Client');
  assert.deepEqual(names(), ['forwards']);
});

test('a session whose task fails leaves neither the task nor a wait for it', async () => {
  await prepare('Bad', 'forwards');
  open('forwards', Promise.resolve(false), false);
  await settle();
  assert.deepEqual(names(), []);
  open('forwards');
  await end('Bad');
  assert.deepEqual(names(), ['forwards'], 'the user ran it');
});

test('if a task fails, none of the sessions that wait for it counts as starting any more', async () => {
  await Promise.all([prepare('Seed', 'forwards'), prepare('Slow', 'forwards')]);
  open('forwards', Promise.resolve(false), false);
  await settle();
  open('forwards');
  started('Slow', 'forwards');
  await end('Slow');
  assert.deepEqual(names(), ['forwards'], 'the user ran it');
});
