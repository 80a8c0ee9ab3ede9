import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FaultRegistry } from '../../../src/demo/faults.ts';
import { pendingPod } from '../../../src/demo/objects/podStates.ts';
import { createPodSpec } from '../../../src/demo/objects/podTemplate.ts';
import { FakeClock } from '../../support/fakeClock.ts';

const REQUEST = { verb: 'list', path: '/api/v1/pods', user: 'demo-viewer' };
const pod = (name: string) => pendingPod({ name, namespace: 'demo' }, createPodSpec({ containers: [] }));

test('a fault hits the given number of times', () => {
  const faults = new FaultRegistry(new FakeClock());
  faults.add({ type: 'answer', status: 500, times: 2 });
  assert.deepEqual(
    [1, 2, 3].map(() => faults.takeAnswer(REQUEST)?.status),
    [500, 500, undefined],
  );
  assert.deepEqual(faults.list(), []);
});

test('the latest fault comes first', () => {
  const faults = new FaultRegistry(new FakeClock());
  faults.add({ type: 'answer', status: 500 });
  const later = faults.add({ type: 'answer', status: 429 });
  assert.equal(faults.takeAnswer(REQUEST)?.status, 429);
  later.dispose();
  assert.equal(faults.takeAnswer(REQUEST)?.status, 500);
});

test('a fault of requests hits only those that match its fields', () => {
  for (const [selection, isStruck] of [
    [{}, true],
    [{ verb: 'list' }, true],
    [{ verb: 'get' }, false],
    [{ path: '/api/v1' }, true],
    [{ path: '/apis' }, false],
    [{ user: 'demo-viewer', verb: 'list' }, true],
    [{ user: 'demo-admin', verb: 'list' }, false],
  ] as const) {
    const faults = new FaultRegistry(new FakeClock());
    faults.add({ type: 'answer', status: 403, ...selection });
    assert.equal(faults.takeAnswer(REQUEST) !== undefined, isStruck, JSON.stringify(selection));
  }
});

test('a fault of ports hits only those that match its fields', () => {
  for (const [selection, isStruck] of [
    [{}, true],
    [{ port: 80 }, true],
    [{ port: 81 }, false],
    [{ pod: 'web', namespace: 'demo' }, true],
    [{ pod: 'other' }, false],
    [{ namespace: 'staging' }, false],
  ] as const) {
    const faults = new FaultRegistry(new FakeClock());
    faults.add({ type: 'refusePort', ...selection });
    assert.equal(faults.portFault('refusePort', pod('web'), 80) !== undefined, isStruck);
    assert.equal(faults.portFault('stallPort', pod('web'), 80), undefined);
  }
});

test('a fault with a duration ends by itself, and leaves no timer if lifted before', () => {
  const clock = new FakeClock();
  const faults = new FaultRegistry(clock);
  faults.add({ type: 'latency', roundTripMs: 50 }, 1_000);
  clock.advance(999);
  assert.equal(faults.latencyMs, 50);
  clock.advance(1);
  assert.equal(faults.latencyMs, 0);
  faults.add({ type: 'latency', roundTripMs: 50 }, 1_000).dispose();
  faults.add({ type: 'latency', roundTripMs: 50 }, 1_000);
  faults.dispose();
  assert.equal(clock.pending, 0);
});

test('freezing and thawing are reported once each', () => {
  const faults = new FaultRegistry(new FakeClock());
  const told: string[] = [];
  faults.onDidFreeze(() => told.push('frozen'));
  faults.onDidThaw(() => told.push('thawed'));
  const first = faults.add({ type: 'freeze' });
  const second = faults.add({ type: 'freeze' });
  first.dispose();
  assert.equal(faults.isFrozen, true);
  second.dispose();
  second.dispose();
  assert.deepEqual(told, ['frozen', 'thawed']);
});

test('a refusal of a transport affects that transport only', () => {
  const faults = new FaultRegistry(new FakeClock());
  faults.add({ type: 'refuseTransport', transport: 'websocket', how: 'silence', times: 1 });
  assert.equal(faults.takeRefusal('spdy'), undefined);
  assert.equal(faults.takeRefusal('websocket'), 'silence');
  assert.equal(faults.takeRefusal('websocket'), undefined);
});
