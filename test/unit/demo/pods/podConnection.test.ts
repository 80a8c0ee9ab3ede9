import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { ConnectionResetError, PodSocket } from '../../../../src/demo/pods/podSocket.ts';
import { readAll } from '../../../support/tcpClient.ts';

test('each end reads the bytes that the other writes', async () => {
  const [client, server] = PodSocket.pair();
  client.end('question');
  assert.equal(await readAll(server), 'question');
  server.end('answer');
  assert.equal(await readAll(client), 'answer');
});

test('one direction can end while the other continues', async () => {
  const [client, server] = PodSocket.pair();
  client.end();
  await once(server.resume(), 'end');
  server.write('still');
  assert.equal(String((await once(client, 'data'))[0]), 'still');
  assert.equal(client.destroyed, false);
});

test('chunks are passed without a copy', async () => {
  const [client, server] = PodSocket.pair();
  const sent = Buffer.from('same memory');
  client.write(sent);
  const [received] = (await once(server, 'data')) as [Buffer];
  assert.equal(received.buffer, sent.buffer);
});

test('a slow reader holds the writer up', async () => {
  const [client, server] = PodSocket.pair();
  let written = 0;
  const write = (): void => {
    while (written < 1000 && client.write(Buffer.alloc(16 * 1024))) written++;
  };
  client.on('drain', write);
  write();
  await new Promise((resolve) => setImmediate(resolve));
  assert.ok(written < 20, `${written} chunks`);
  let read = 0;
  server.on('data', (chunk: Buffer) => {
    read += chunk.length;
    if (read >= 1000 * 16 * 1024) client.end();
  });
  await once(server, 'end');
  assert.ok(read >= 1000 * 16 * 1024);
});

test('a reset at one end is a reset at the other', async () => {
  const [client, server] = PodSocket.pair();
  const failed = once(server, 'error');
  client.destroy(new Error('gone'));
  const [error] = (await failed) as [Error];
  assert.ok(error instanceof ConnectionResetError);
  assert.equal(error.code, 'ECONNRESET');
});

test('a plain close is an end, and a later write is answered with a reset', async () => {
  const [client, server] = PodSocket.pair();
  client.destroy();
  await once(server.resume(), 'end');
  server.write('too late');
  const [error] = (await once(server, 'error')) as [Error];
  assert.ok(error instanceof ConnectionResetError);
});

test('a waiting writer is told when the reader leaves', async () => {
  const [client, server] = PodSocket.pair();
  const failed = new Promise<Error | null | undefined>((resolve) => {
    client.write(Buffer.alloc(200_000), resolve);
  });
  client.resume();
  server.destroy();
  assert.ok((await failed) instanceof ConnectionResetError);
});
