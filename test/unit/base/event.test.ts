import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Emitter, until } from '../../../src/base/event.ts';

test('listeners are called in the order of subscription until they unsubscribe', () => {
  const emitter = new Emitter<number>();
  const heard: string[] = [];
  assert.equal(emitter.hasListeners, false);
  const first = emitter.event((value) => heard.push(`first ${value}`));
  emitter.event((value) => heard.push(`second ${value}`));
  assert.equal(emitter.hasListeners, true);
  emitter.fire(1);
  first.dispose();
  first.dispose();
  emitter.fire(2);
  assert.deepEqual(heard, ['first 1', 'second 1', 'second 2']);
});

test('a function subscribed twice is called twice, and each subscription ends by itself', () => {
  const emitter = new Emitter<void>();
  let calls = 0;
  const listener = () => calls++;
  const one = emitter.event(listener);
  emitter.event(listener);
  emitter.fire();
  assert.equal(calls, 2);
  one.dispose();
  emitter.fire();
  assert.equal(calls, 3);
});

test('a listener may unsubscribe another or subscribe one during an event', () => {
  const emitter = new Emitter<void>();
  const heard: string[] = [];
  emitter.event(() => {
    heard.push('first');
    second.dispose();
    emitter.event(() => heard.push('new'));
  });
  const second = emitter.event(() => heard.push('second'));
  emitter.fire();
  assert.deepEqual(heard, ['first']);
});

test('a disposed emitter keeps no listeners, takes none and calls none', () => {
  const emitter = new Emitter<void>();
  let calls = 0;
  emitter.event(() => emitter.dispose());
  emitter.event(() => calls++);
  emitter.fire();
  emitter.event(() => calls++).dispose();
  emitter.fire();
  assert.equal(calls, 0);
  assert.equal(emitter.hasListeners, false);
});

test('until resolves at once or at the event that fulfils its condition, and keeps no listener', async () => {
  const emitter = new Emitter<void>();
  let count = 0;
  await until(emitter.event, () => true);
  const waiting = until(emitter.event, () => ++count === 3);
  emitter.fire();
  assert.equal(emitter.hasListeners, true);
  emitter.fire();
  await waiting;
  assert.deepEqual([count, emitter.hasListeners], [3, false]);
});

test('until rejects when its signal is aborted or its condition throws, and keeps no listener', async () => {
  const emitter = new Emitter<void>();
  const reason = new Error('stop');
  const abort = new AbortController();
  const waiting = until(emitter.event, () => false, abort.signal);
  abort.abort(reason);
  await assert.rejects(waiting, reason);
  const fail = () => {
    throw reason;
  };
  await assert.rejects(until(emitter.event, fail), reason);
  assert.equal(emitter.hasListeners, false);
});
