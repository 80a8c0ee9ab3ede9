import assert from 'node:assert/strict';
import net, { Socket } from 'node:net';
import { test } from 'node:test';
import tls from 'node:tls';
import { connectThroughProxy } from '../../../src/rest/proxy.ts';
import { connectTcp, unreachableReason } from '../../../src/rest/tcp.ts';

const failure = (code: string) => Object.assign(new Error(`connect ${code} 192.168.1.5:6443`), { code });

test('a host that macOS keeps a program from is reported with the needed permission', () => {
  const reason = unreachableReason(failure('EHOSTUNREACH'), 'darwin');
  assert.match(reason, /^connect EHOSTUNREACH .*; .*Privacy & Security > Local Network$/);
  const both = new AggregateError([failure('ECONNREFUSED'), failure('EHOSTUNREACH')]);
  assert.match(unreachableReason(both, 'darwin'), /Local Network/);
});

test('another error or system does not mention permissions', () => {
  assert.equal(unreachableReason(failure('ECONNREFUSED'), 'darwin'), 'connect ECONNREFUSED 192.168.1.5:6443');
  assert.equal(unreachableReason(failure('EHOSTUNREACH'), 'linux'), 'connect EHOSTUNREACH 192.168.1.5:6443');
});

test('an error that comes after an abort, before anybody knows of it, does not end the process', async (t) => {
  const leave = new AbortController();
  const tcp = new Socket();
  t.mock.method(net, 'connect', () => tcp);
  const connecting = connectTcp('192.168.1.5', 6443, 'server', leave.signal);
  leave.abort(new Error('left'));
  // Node throws this error if the socket has no listener for errors.
  tcp.emit('error', failure('ENETUNREACH'));
  await assert.rejects(connecting, { message: 'left' });
  assert.equal(tcp.destroyed, true);
});

test('the same for TLS with a proxy, and a socket that is connected is left to its owner', async (t) => {
  const leave = new AbortController();
  const tcp = new Socket();
  const secured = new Socket();
  const started = Promise.withResolvers<void>();
  t.mock.method(net, 'connect', () => {
    process.nextTick(() => tcp.emit('connect'));
    return tcp;
  });
  t.mock.method(tls, 'connect', () => {
    started.resolve();
    return secured;
  });
  const proxy = new URL('https://proxy.example:3128');
  const connecting = connectThroughProxy(proxy, 'api.example', 443, leave.signal);
  await started.promise;
  assert.equal(tcp.listenerCount('error'), 0);
  leave.abort(new Error('left'));
  secured.emit('error', failure('ECONNRESET'));
  await assert.rejects(connecting, { message: 'left' });
  assert.deepEqual([tcp.destroyed, secured.destroyed], [true, true]);
});
