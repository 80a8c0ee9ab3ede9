import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import { deadline, delay, onAbort, raceAbort, systemClock } from '../../../src/base/async.ts';
import { FakeClock } from '../../support/fakeClock.ts';

const reason = new Error('stop');
const listeners = (signal: AbortSignal) => getEventListeners(signal, 'abort').length;

test('a delay takes its time and leaves nothing behind', async () => {
  const clock = new FakeClock();
  const controller = new AbortController();
  let isSettled = false;
  const waited = delay(100, controller.signal, clock).then(() => {
    isSettled = true;
  });
  clock.advance(99);
  await Promise.resolve();
  assert.equal(isSettled, false);
  clock.advance(1);
  await waited;
  assert.equal(clock.pending, 0);
  assert.equal(listeners(controller.signal), 0);
});

test('a delay that is aborted before or during its time rejects with the reason and removes its timer', async () => {
  const clock = new FakeClock();
  const controller = new AbortController();
  const waited = delay(100, controller.signal, clock);
  controller.abort(reason);
  await assert.rejects(waited, reason);
  assert.equal(clock.pending, 0);
  await assert.rejects(delay(100, controller.signal, clock), reason);
  assert.equal(clock.pending, 0);
});

test('a delay without a signal uses the real clock', async () => {
  const before = systemClock.now();
  await delay(5);
  assert.ok(systemClock.now() - before >= 4);
});

test('a disposed timer of the real clock does not fire', async () => {
  let fired = 0;
  const timer = systemClock.setTimer(1, () => fired++);
  timer.dispose();
  timer.dispose();
  await new Promise<void>((resolve) => systemClock.setTimer(10, resolve));
  assert.equal(fired, 0);
});

test('a timer of the real clock with a longer delay than Node allows does not fire at once', async () => {
  let fired = 0;
  const timers = [2 ** 31, Infinity].map((delayMs) => systemClock.setTimer(delayMs, () => fired++));
  await new Promise<void>((resolve) => systemClock.setTimer(10, resolve));
  for (const timer of timers) timer.dispose();
  assert.equal(fired, 0);
});

test('raceAbort resolves with the promise unless the signal comes first', async () => {
  const controller = new AbortController();
  assert.equal(await raceAbort(Promise.resolve(5), controller.signal), 5);
  await assert.rejects(raceAbort(Promise.reject(reason), controller.signal), reason);
  assert.equal(listeners(controller.signal), 0);

  const { promise, reject } = Promise.withResolvers<number>();
  const raced = raceAbort(promise, controller.signal);
  controller.abort(reason);
  await assert.rejects(raced, reason);
  // Rejects after the abort. raceAbort handles this rejection: otherwise Node would end the test process because of it.
  reject(new Error('late'));
  await assert.rejects(raceAbort(Promise.reject(new Error('unseen')), controller.signal), reason);
  assert.equal(listeners(controller.signal), 0);
});

test('onAbort calls back once, at once for an aborted signal, and never after it is disposed of', () => {
  const controller = new AbortController();
  let calls = 0;
  const kept = onAbort(controller.signal, () => calls++);
  const disposed = onAbort(controller.signal, () => calls++);
  disposed.dispose();
  assert.equal(listeners(controller.signal), 1);
  controller.abort();
  kept.dispose();
  assert.equal(calls, 1);
  onAbort(controller.signal, () => calls++).dispose();
  assert.equal(calls, 2);
});

test("a deadline aborts its signal with its own error after the limit, and with the parent's reason before", () => {
  const clock = new FakeClock();
  const parent = new AbortController();
  const late = new Error('late');
  const first = deadline(parent.signal, 100, () => late, clock);
  const second = deadline(parent.signal, 200, () => late, clock);
  clock.advance(100);
  assert.equal(first.signal.reason, late);
  parent.abort(reason);
  assert.equal(second.signal.reason, reason);
  first.dispose();
  second.dispose();
  assert.equal(clock.pending, 0);
});

test('a deadline at the end of its block leaves no timer and listener, and never aborts its signal', () => {
  const clock = new FakeClock();
  const parent = new AbortController();
  let signal: AbortSignal;
  {
    using limit = deadline(parent.signal, 100, () => reason, clock);
    signal = limit.signal;
  }
  assert.deepEqual([clock.pending, listeners(parent.signal)], [0, 0]);
  parent.abort(reason);
  assert.equal(signal.aborted, false);
});
