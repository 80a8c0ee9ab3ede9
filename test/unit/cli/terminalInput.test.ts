import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { untilEnter } from '../../../src/cli/terminalInput.ts';
import { FakeClock } from '../../support/fakeClock.ts';

/** Waits for Enter. `isForeground` says whether the process is in the foreground of its terminal. */
function ask(isForeground: boolean) {
  const input = new PassThrough();
  const signals = new EventEmitter();
  const clock = new FakeClock();
  const stop = new AbortController();
  const shell = { isForeground };
  const system = { isInForeground: async () => shell.isForeground, signals, clock };
  const entered = untilEnter(input, stop.signal, system);
  /** Returns whether the process reads from the terminal. First lets all pending work finish. */
  const reads = async () => {
    await setImmediate();
    return input.isPaused() === false;
  };
  return { input, signals, clock, stop, shell, entered, reads };
}

test('a process in the foreground reads until Enter, and then no more', async () => {
  const { input, signals, entered, reads } = ask(true);
  assert.ok(await reads());
  input.write('abc');
  input.write('\n');
  await entered;
  assert.ok(!(await reads()));
  assert.deepEqual([signals.eventNames(), input.listenerCount('data')], [[], 0]);
});

test('a process that fg brings to the foreground without a signal reads soon', async () => {
  const { input, clock, shell, entered, reads } = ask(false);
  assert.ok(!(await reads()));
  clock.advance(10_000);
  assert.ok(!(await reads()));
  shell.isForeground = true;
  clock.advance(2_000);
  assert.ok(await reads());
  input.write('\r');
  await entered;
  assert.equal(clock.pending, 0);
});

test('a process that bg continues in the background does not read, and reads at once after fg', async () => {
  const { input, signals, clock, shell, entered, reads } = ask(true);
  assert.ok(await reads());
  shell.isForeground = false;
  signals.emit('SIGCONT');
  assert.ok(input.isPaused(), 'not even while it finds out where it is');
  assert.ok(!(await reads()));
  shell.isForeground = true;
  signals.emit('SIGCONT');
  assert.ok(await reads());
  assert.equal(clock.pending, 0);
  input.write('\n');
  await entered;
});

test('a process that is told to stop stops to read and to check', async () => {
  for (const isForeground of [true, false]) {
    const { signals, clock, stop, entered, reads } = ask(isForeground);
    assert.equal(await reads(), isForeground);
    stop.abort(new Error('stopped'));
    await assert.rejects(entered, /stopped/);
    assert.ok(!(await reads()));
    assert.deepEqual([signals.eventNames(), clock.pending], [[], 0]);
  }
});
