import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import type { Clock } from '../../../../src/base/async.ts';
import { toDisposable } from '../../../../src/base/disposable.ts';
import { descendantsOf, endTree } from '../../../../src/kube/credentials/endProcess.ts';
import { FakeClock } from '../../../support/fakeClock.ts';
import { FakeSystem } from '../../../support/fakeSystem.ts';

const LISTING = '4 0\r\n0 0\r\n100 4\r\n101 100\r\n102 101\r\n200 4\r\n';

/** A clock that does not wait. */
const AT_ONCE: Clock = {
  now: () => 0,
  setTimer(_delayMs, callback) {
    setImmediate(callback);
    return toDisposable(() => {});
  },
};

/** Returns a process with the id 100, and a function that ends it. `ended` contains the ids that `end` was given. */
function runningProcess() {
  const ended: number[] = [];
  const child = Object.assign(new EventEmitter(), {
    pid: 100,
    exitCode: null as number | null,
    signalCode: null,
  });
  const end = (processId: number) => {
    ended.push(processId);
    if (processId === child.pid) child.exitCode = 1;
  };
  return { child, ended, end };
}

test('taskkill ends a process tree of Windows, and nothing else is run', async () => {
  const { child, ended, end } = runningProcess();
  const system = new FakeSystem({ platform: 'win32' });
  system.run = async (tool, args) => {
    system.runs.push([tool, ...args].join(' '));
    setImmediate(() => {
      child.exitCode = 1;
      child.emit('exit');
    });
    return '';
  };
  await endTree(child, new FakeClock(), system, end);
  assert.deepEqual(system.runs, ['C:\\Windows\\System32\\taskkill.exe /pid 100 /t /f']);
  assert.deepEqual(ended, []);
});

test('a tree that taskkill cannot end is ended one by one, its root last', async () => {
  const { child, ended, end } = runningProcess();
  await endTree(child, AT_ONCE, new FakeSystem({ platform: 'win32', tools: { powershell: LISTING } }), end);
  assert.deepEqual(ended, [101, 102, 100]);
});

test('a process is ended even if neither taskkill nor PowerShell can be started', async () => {
  const { child, ended, end } = runningProcess();
  await endTree(child, AT_ONCE, new FakeSystem({ platform: 'win32' }), end);
  assert.deepEqual(ended, [100]);
});

test('descendants are found once, even in a listing with a circle', () => {
  assert.deepEqual(descendantsOf(1, '2 1\n3 2\n1 3\n9 8\n'), [2, 3]);
});
