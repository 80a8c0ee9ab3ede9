import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { isCoded } from '../../../src/base/errors.ts';
import { listForwards } from '../../../src/rpc/contract.ts';
import { HostConnection } from '../../../src/rpc/hostClient.ts';
import { createRpcConnection } from '../../../src/rpc/rpcConnection.ts';
import { activeTimers } from '../../support/activeTimers.ts';
import { socketPair } from '../../support/socketPair.ts';

test('a message of which only a part came leaves no timer behind', async () => {
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
  const isLost = (error: unknown) => isCoded(error, 'HOST_LOST');
  await assert.rejects(answer, isLost);
  await assert.rejects(connection.request(listForwards), isLost);
  connection.dispose();
});

test('what is no message is told once', async () => {
  using sockets = await socketPair();
  let broken = 0;
  const connection = createRpcConnection(sockets.client, () => {
    broken++;
  });
  connection.listen();
  const ended = once(sockets.client, 'end');
  sockets.accepted.end('Content-Length: none\r\n\r\n');
  await ended;
  assert.equal(broken, 1);
  connection.dispose();
});
