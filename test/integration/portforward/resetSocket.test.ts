import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { resetSocket } from '../../../src/portforward/resetSocket.ts';
import { connectTo } from '../../support/tcpClient.ts';
import { TestTcpServer } from '../../support/tcpServer.ts';

/** Returns how a connection ends for the client after the server has called `act` with its socket. */
async function endOf(act: (socket: Socket) => void): Promise<'reset' | 'closed'> {
  await using server = await TestTcpServer.start();
  const client = await connectTo(server.port);
  client.resume();
  const accepted = await server.connection();
  const closed = once(accepted, 'close');
  act(accepted);
  // If Node had lost the descriptor of the socket, the socket would never emit `close`.
  await closed;
  const error = await once(client, 'end').then(
    () => undefined,
    (reason: NodeJS.ErrnoException) => reason.code,
  );
  client.destroy();
  if (error !== undefined) assert.equal(error, 'ECONNRESET');
  return error === undefined ? 'closed' : 'reset';
}

test('an open connection is reset', async () => {
  assert.equal(await endOf(resetSocket), 'reset');
});

test('a connection whose FIN is on its way is closed without losing its descriptor', async () => {
  const end = await endOf((socket) => {
    socket.end('bye');
    resetSocket(socket);
  });
  assert.equal(end, 'closed');
});

test('a connection whose FIN has left is reset, unnoticed by a peer that has read everything', async () => {
  await using server = await TestTcpServer.start();
  const client = await connectTo(server.port);
  const accepted = await server.connection();
  accepted.end();
  await once(accepted, 'finish');
  const closed = once(accepted, 'close');
  resetSocket(accepted);
  await closed;
  client.destroy();
});
