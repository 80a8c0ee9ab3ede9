import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { listForwards } from '../../../src/rpc/forwardsContract.ts';
import { HostConnection } from '../../../src/rpc/hostClient.ts';
import { createRpcConnection } from '../../../src/rpc/rpcConnection.ts';
import { activeTimers } from '../../support/activeTimers.ts';
import { coded } from '../../support/coded.ts';
import { eventually } from '../../support/eventually.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { type SocketPair, socketPair } from '../../support/socketPair.ts';

test('an incomplete message leaves no timer behind', async () => {
  using sockets = await socketPair();
  const before = activeTimers();
  const connection = new HostConnection(sockets.client);
  const closed = new Promise<void>((resolve) => connection.onDidClose(resolve));
  sockets.client.allowHalfOpen = false;
  sockets.accepted.end('Content-Length: 100\r\n\r\n{"jsonrpc":"2.0",');
  await closed;
  assert.equal(connection.isOpen, false);
  assert.equal(activeTimers(), before);
  connection.dispose();
});

test('a request is rejected with HOST_LOST if the connection ends before the answer, or has ended', async () => {
  using sockets = await socketPair();
  const connection = new HostConnection(sockets.client);
  const answer = connection.request(listForwards);
  sockets.accepted.destroy();
  const isLost = coded('HOST_LOST');
  await assert.rejects(answer, isLost);
  await assert.rejects(connection.request(listForwards), isLost);
  connection.dispose();
});

test('an invalid message is reported once', async () => {
  using sockets = await socketPair();
  let broken = 0;
  const connection = createRpcConnection(sockets.client, {
    maxMessageBytes: 100,
    clock: new FakeClock(),
    onBroken: () => {
      broken++;
    },
  });
  connection.listen();
  const ended = once(sockets.client, 'end');
  sockets.accepted.end('Content-Length: none\r\n\r\n');
  await ended;
  assert.equal(broken, 1);
  connection.dispose();
});

function connectionTo(sockets: SocketPair, clock = new FakeClock()) {
  let broken = 0;
  const connection = createRpcConnection(sockets.client, {
    maxMessageBytes: 100_000,
    clock,
    onBroken: () => {
      broken++;
      sockets.client.destroy();
    },
  });
  const answered: unknown[] = [];
  connection.onRequest('echo', (value: unknown) => {
    answered.push(value);
    return value;
  });
  connection.listen();
  return { connection, clock, answered, broken: () => broken };
}

function message(body: object, header = ''): Buffer {
  const text = JSON.stringify(body);
  return Buffer.from(`${header}Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
}

const echo = (id: number, text = 'hello') =>
  message({ jsonrpc: '2.0', id, method: 'echo', params: { text } });

test('messages are understood in any pieces', async () => {
  using sockets = await socketPair();
  const { connection, answered, broken } = connectionTo(sockets);
  const bytes = Buffer.concat([echo(1), echo(2), echo(3)]);
  for (let size = 1; size <= 40; size++) {
    for (let at = 0; at < bytes.length; at += size) sockets.accepted.write(bytes.subarray(at, at + size));
    await eventually(() => answered.length === 3 * size, 'an answer is missing');
  }
  assert.equal(broken(), 0);
  connection.dispose();
});

const REFUSED: Readonly<Record<string, Buffer>> = {
  'a header without end': Buffer.alloc(2_000, 'a'),
  'a header of many lines': Buffer.from('X-Line: 1\r\n'.repeat(200)),
  'a body that is announced as too large': Buffer.from('Content-Length: 100001\r\n\r\n'),
  'a body larger than any number': Buffer.from('Content-Length: 99999999999999999999\r\n\r\n'),
  'a negative length': Buffer.from('Content-Length: -5\r\n\r\n'),
  'no length': Buffer.from('Content-Type: text\r\n\r\n'),
  // The JSON-RPC library would use the last length, and then read a larger body than the one that was checked.
  'a second length': Buffer.from('Content-Length: 1\r\nContent-Length: 100001\r\n\r\n'),
  'a second length behind line ends with the high bit': Buffer.from(
    'Content-Length: 1\r\nX: \x8d\x8aContent-Length: 100001\r\n\r\n',
    'latin1',
  ),
  'a header whose end the library would not find': Buffer.from('Content-Length: 1\r\r\n\r\n'),
  'a line without a colon': Buffer.from('Content-Length: 1\r\nhello\r\n\r\n'),
};

for (const [what, bytes] of Object.entries(REFUSED)) {
  test(`${what} ends the connection, whole or byte by byte`, async () => {
    for (const size of [bytes.length, 1]) {
      using sockets = await socketPair();
      const { connection, broken } = connectionTo(sockets);
      const closed = once(sockets.client, 'close');
      for (let at = 0; at < bytes.length; at += size) sockets.accepted.write(bytes.subarray(at, at + size));
      await closed;
      assert.ok(broken() >= 1);
      connection.dispose();
    }
  });
}

test('a peer that reads no answers is not read any further, and disconnected after a minute', async () => {
  using sockets = await socketPair();
  const { connection, clock, answered, broken } = connectionTo(sockets);
  sockets.accepted.pause();
  // More than the buffers of both sockets hold.
  const text = 'x'.repeat(90_000);
  const sent = 600;
  for (let id = 1; id <= sent; id++) sockets.accepted.write(echo(id, text));
  let before = -1;
  await eventually(async () => {
    const isStill = answered.length > 0 && answered.length === before && sockets.client.isPaused();
    before = answered.length;
    for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve));
    return isStill && answered.length === before;
  }, 'the peer is read without end');
  assert.ok(answered.length < sent);
  assert.equal(broken(), 0);
  clock.advance(60_000);
  assert.equal(broken(), 1);
  connection.dispose();
  assert.equal(clock.pending, 0);
});

test('a peer that reads late gets every answer', async () => {
  using sockets = await socketPair();
  const { connection, clock, broken } = connectionTo(sockets);
  sockets.accepted.pause();
  const count = 2_000;
  for (let id = 1; id <= count; id++) sockets.accepted.write(echo(id, 'x'.repeat(500)));
  clock.advance(59_000);
  let received = '';
  sockets.accepted.on('data', (chunk: Buffer) => {
    received += chunk.toString();
  });
  sockets.accepted.resume();
  await eventually(() => received.includes(`"id":${count},`), 'the last answer is missing');
  assert.equal(received.split('Content-Length').length - 1, count);
  assert.equal(broken(), 0);
  connection.dispose();
});
