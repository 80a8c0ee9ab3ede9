import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConnectionServices } from '../../../src/gateway/connection.ts';
import type { Dispatcher } from '../../../src/gateway/dispatcher.ts';
import { serveConnection } from '../../../src/gateway/serveConnection.ts';
import { eventually } from '../../support/eventually.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { readToClose, socketPair } from '../../support/socketPair.ts';

/** How long a client may take to name its destination. */
const LIMIT_MS = 10_000;
const ADDRESS = { address: '127.0.0.1', localPort: 8900, remotePort: 0 };

/** Sends one of the parts each time a part of {@link LIMIT_MS} has passed. Returns the answer and the refusals. */
async function trickle(parts: readonly Buffer[]) {
  using pair = await socketPair();
  const clock = new FakeClock();
  const refusals: string[] = [];
  const services: ConnectionServices = {
    ...{ dispatcher: {} as Dispatcher, clock, localPort: 8900, trustOf: () => undefined },
    ...{ isServed: () => true, ownPage: () => assert.fail(), refusalPage: () => assert.fail() },
    onRefused: (error) => refusals.push(error.message),
  };
  const ending = readToClose(pair.client);
  const served = serveConnection(pair.accepted, ADDRESS, services);
  let sent = 0;
  for (const part of parts) {
    pair.client.write(part);
    sent += part.length;
    await eventually(() => pair.accepted.bytesRead === sent, 'the bytes');
    clock.advance(LIMIT_MS / parts.length - 1);
    assert.ok(!pair.accepted.writableEnded && !pair.accepted.destroyed);
  }
  clock.advance(parts.length);
  await served;
  pair.client.end();
  const { received } = await ending;
  return { answer: received.toString(), refusals, pending: clock.pending };
}

test('a head that arrives line by line is refused after 10 s, however much has arrived', async () => {
  const lines = ['GET / HTTP/1.1\r\n', 'Host: web.demo.localhost\r\n', 'X-1: y\r\n', 'X-2: y\r\n'];
  const { answer, refusals } = await trickle(lines.map((line) => Buffer.from(line)));
  assert.match(answer, /^HTTP\/1\.1 408 Request Timeout\r\n[\s\S]*did not arrive in time\n$/);
  assert.deepEqual(refusals, ['request refused: its headers did not arrive in time']);
});

test('a SOCKS greeting that stays incomplete is refused after 10 s, without an answer', async () => {
  const { answer, refusals } = await trickle([Buffer.from([5]), Buffer.from([2]), Buffer.from([0])]);
  assert.equal(answer, '');
  assert.equal(refusals.length, 1);
});

test('a connection that sends no request ends after 10 s without a notice, because browsers open such connections', async () => {
  const { answer, refusals, pending } = await trickle([Buffer.from('\r\n')]);
  assert.deepEqual([answer, refusals, pending], ['', [], 0]);
});
