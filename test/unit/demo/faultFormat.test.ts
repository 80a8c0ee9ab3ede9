import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseFault, parseTunnelDrop } from '../../../src/demo/faultFormat.ts';

for (const fault of [
  { type: 'refusePort' },
  { type: 'refusePort', namespace: 'demo', pod: 'web', port: 80 },
  { type: 'stallPort', what: 'read', port: 80 },
  { type: 'resetPort', afterBytes: 0 },
  { type: 'answer', status: 429, times: 2, retryAfterSeconds: 1, verb: 'list', path: '/api', user: 'x' },
  { type: 'refuseTransport', transport: 'channel', how: 'strip-upgrade', times: 1 },
  { type: 'refuseTransport', transport: 'spdy', how: 502 },
  { type: 'latency', roundTripMs: 50 },
  { type: 'slowUpgrade', delayMs: 15 },
  { type: 'freeze' },
]) {
  test(`the fault ${JSON.stringify(fault)} is accepted`, () => {
    assert.deepEqual(parseFault(fault), fault);
  });
}

for (const [fault, message] of [
  [
    {},
    'type must be refusePort, stallPort, resetPort, answer, refuseTransport, latency, slowUpgrade or freeze',
  ],
  [{ type: 'explode' }, /^type must be /],
  [{ type: 'refusePort', port: -1 }, 'port is missing or invalid'],
  [{ type: 'stallPort' }, 'what is missing or invalid'],
  [{ type: 'stallPort', what: 'everything' }, 'what is missing or invalid'],
  [{ type: 'resetPort', afterBytes: 1.5 }, 'afterBytes is missing or invalid'],
  [{ type: 'answer', status: 200 }, 'status is missing or invalid'],
  [{ type: 'answer', status: '500' }, 'status is missing or invalid'],
  [{ type: 'answer', status: 500, times: -1 }, 'times is missing or invalid'],
  [{ type: 'refuseTransport', transport: 'ssh', how: 400 }, 'transport is missing or invalid'],
  [{ type: 'refuseTransport', transport: 'spdy' }, 'how is missing or invalid'],
  [{ type: 'latency' }, 'roundTripMs is missing or invalid'],
  [{ type: 'slowUpgrade' }, 'delayMs is missing or invalid'],
] as const) {
  test(`the fault ${JSON.stringify(fault)} is refused`, () => {
    assert.throws(() => parseFault(fault), { message });
  });
}

test('unknown fields of a fault are ignored', () => {
  assert.deepEqual(parseFault({ type: 'freeze', color: 'blue' }), { type: 'freeze' });
});

test('a request to drop tunnels is parsed', () => {
  assert.deepEqual(parseTunnelDrop({ mode: 'reset', transport: 'spdy', count: 1 }), {
    mode: 'reset',
    selection: { transport: 'spdy', count: 1 },
  });
  assert.throws(() => parseTunnelDrop({ mode: 'gently' }), /mode is missing/);
});
