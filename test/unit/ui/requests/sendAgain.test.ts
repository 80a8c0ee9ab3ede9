import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { after, beforeEach, test } from 'node:test';
import { toRecordedRequest } from '../../../../src/ui/requests/recordedRequest.ts';
import { sendAgain } from '../../../../src/ui/requests/sendAgain.ts';
import { message, recorded, recordedRequest } from '../../../support/exchanges.ts';
import { startHttpServer } from '../../../support/httpServer.ts';

const seen: { readonly message: IncomingMessage; readonly body: Buffer }[] = [];
const server = await startHttpServer(async (message, response) => {
  seen.push({ message, body: await buffer(message) });
  response.writeHead(503).end('x'.repeat(100_000));
});
const { origin } = server.url;
after(() => server[Symbol.asyncDispose]());
beforeEach(() => {
  seen.length = 0;
});

test('a request is sent with its method, target, headers and body, and its status is returned', async () => {
  const status = await sendAgain(
    recordedRequest(origin, {
      method: 'PATCH',
      target: '/a/../b?x=1',
      headers: [
        ['X-A', '1'],
        ['x-a', 'ü'],
      ],
      body: Buffer.from([0, 255]),
    }),
    AbortSignal.timeout(10_000),
  );
  const [{ message, body } = assert.fail()] = seen;
  assert.equal(status, 503);
  assert.equal(message.method, 'PATCH');
  assert.equal(message.url, '/a/../b?x=1');
  assert.deepEqual(message.rawHeaders.slice(0, 8), [
    'Host',
    new URL(origin).host,
    'X-A',
    '1',
    'x-a',
    Buffer.from('ü').toString('latin1'),
    'Content-Length',
    '2',
  ]);
  assert.deepEqual(body, Buffer.from([0, 255]));
});

test('a request to a service by name goes to this machine, under its name', async () => {
  const { port } = new URL(origin);
  const details = recorded({ service: 'web.demo', host: 'web', request: message([['X-A', '1']]) });
  const again = toRecordedRequest(details, `http://web.demo.localhost:${port}`);
  await sendAgain(again, AbortSignal.timeout(10_000));
  assert.equal(seen[0]?.message.headers.host, `web.demo.localhost:${port}`);
});

test('a recorded Host is sent instead of the address, and a GET has no length', async () => {
  await sendAgain(recordedRequest(origin, { headers: [['Host', 'shop.test']] }), AbortSignal.timeout(10_000));
  const [{ message } = assert.fail()] = seen;
  assert.equal(message.headers.host, 'shop.test');
  assert.equal(message.headers['content-length'], undefined);
});

test('a signal ends an unanswered request', async () => {
  const silent = createTcpServer();
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const sockets = once(silent, 'connection');
  const stop = new AbortController();
  const sent = sendAgain(
    recordedRequest(`http://127.0.0.1:${(silent.address() as AddressInfo).port}`),
    stop.signal,
  );
  const [socket] = await sockets;
  socket.on('error', () => {});
  stop.abort();
  await assert.rejects(sent, { name: 'AbortError' });
  socket.destroy();
  silent.close();
  await once(silent, 'close');
});

test('a refused connection rejects with its system error', async () => {
  const closed = createTcpServer();
  closed.listen(0, '127.0.0.1');
  await once(closed, 'listening');
  const { port } = closed.address() as AddressInfo;
  closed.close();
  await once(closed, 'close');
  await assert.rejects(sendAgain(recordedRequest(`http://127.0.0.1:${port}`), AbortSignal.timeout(10_000)), {
    code: 'ECONNREFUSED',
  });
});
