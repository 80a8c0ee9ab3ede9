import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { untilSignal } from '../../../src/cli/stopSignals.ts';
import { eventually } from '../../support/eventually.ts';

test('the first signal aborts the signal with its name', () => {
  const target = new EventEmitter();
  const stop = untilSignal(target);
  assert.equal(stop.signal.aborted, false);
  target.emit('SIGTERM', 'SIGTERM');
  assert.equal(stop.signal.aborted, true);
  assert.equal(stop.reason, 'SIGTERM');
});

test('an echo of the signal does nothing, and then the listener is gone', async () => {
  const target = new EventEmitter();
  const stop = untilSignal(target);
  target.emit('SIGINT', 'SIGINT');
  assert.equal(target.emit('SIGTERM', 'SIGTERM'), true);
  assert.equal(stop.reason, 'SIGINT');
  stop.dispose();
  assert.equal(target.listenerCount('SIGINT'), 1);
  // A timer removes the listener. The timer does not keep the process alive, but this wait does.
  await eventually(() => target.listenerCount('SIGINT') === 0, 'it goes on listening');
  assert.equal(target.emit('SIGINT', 'SIGINT'), false);
});

test('dispose without a signal removes the listener at once', () => {
  const target = new EventEmitter();
  untilSignal(target).dispose();
  assert.deepEqual(target.eventNames(), []);
});
