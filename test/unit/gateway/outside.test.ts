import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import tls from 'node:tls';
import { isCoded } from '../../../src/base/errors.ts';
import { oneRequest } from '../../../src/gateway/http/requestGuard.ts';
import { connectOutside, join } from '../../../src/gateway/outside.ts';
import { coded } from '../../support/coded.ts';
import { eventually } from '../../support/eventually.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { readToClose, type SocketPair, socketPair } from '../../support/socketPair.ts';
import { TestTcpServer } from '../../support/tcpServer.ts';
import { testAuthority } from '../../support/testCertificates.ts';

/** Connects a client to the gateway, and the gateway to a server outside the cluster. Joins the two connections. */
async function joined(t: TestContext, inspect?: Parameters<typeof join>[3]) {
  const [near, far] = await Promise.all([socketPair(), socketPair()]);
  t.after(() => {
    near[Symbol.dispose]();
    far[Symbol.dispose]();
  });
  // Half-open connections are not allowed, as in `connectTcp` and in most programs.
  for (const socket of [near.client, far.client, far.accepted]) socket.allowHalfOpen = false;
  const clock = new FakeClock();
  join(near.accepted, far.client, clock, inspect);
  return { clock, client: near.client, atClient: near.accepted, atServer: far.client, server: far.accepted };
}

test('a proxy variable that names the gateway itself is not used, in any notation of its address', async () => {
  await using gateway = await TestTcpServer.start();
  const { port } = gateway;
  for (const own of ['localhost', '127.0.0.1', '[::1]', '[::ffff:127.0.0.1]']) {
    const environment = { HTTP_PROXY: `http://${own}:${port}` };
    // Nothing listens at this address, which no rule exempts from the proxy.
    const outside = { host: '0.0.0.0', port: 1 };
    await assert.rejects(
      connectOutside(environment, 'http', outside, port, new AbortController().signal),
      coded('OUTSIDE_UNREACHABLE'),
      own,
    );
  }
});

const UNUSED = 'proxy.invalid:9';

for (const [scheme, environment, reason] of [
  ['http', {}, /^cannot reach 0\.0\.0\.0:1 \(connect ECONNREFUSED/],
  ['http', { http_proxy: `http://${UNUSED}` }, /0\.0\.0\.0:1 \(through proxy http:\/\/proxy\.invalid:9: /],
  ['https', { https_proxy: `http://u:p@${UNUSED}` }, /\(through proxy http:\/\/proxy\.invalid:9: /],
  ['http', { http_proxy: 'http://u:p/34@proxy' }, /:1 \(through the proxy from the environment: not a URL/],
  ['https', { ALL_PROXY: `socks5://${UNUSED}` }, /\(through proxy socks5:\/\/proxy\.invalid:9: /],
] as const) {
  test(`a failed ${scheme} connection to a server outside the cluster with ${JSON.stringify(environment)} is reported without the kubeconfig`, async () => {
    const signal = AbortSignal.timeout(30_000);
    const outside = { host: '0.0.0.0', port: 1 };
    await assert.rejects(connectOutside(environment, scheme, outside, 8900, signal), (error) => {
      assert.ok(isCoded(error, 'OUTSIDE_UNREACHABLE'), String(error));
      assert.match(error.message, reason);
      assert.doesNotMatch(error.message, /kubeconfig|proxy-url|u:p|34/);
      return true;
    });
  });
}

/**
 * Sends bytes from `sender` to `reader` until `writer` must keep some of them in its buffer, because the socket at the
 * other end of `writer` does not read. Returns the number of sent bytes.
 */
async function fill(
  sender: SocketPair['client'],
  reader: SocketPair['client'],
  writer: SocketPair['client'],
) {
  let sent = 0;
  while (writer.writableLength === 0) {
    const piece = Buffer.alloc(16_384, 'x');
    sent += piece.length;
    sender.write(piece);
    await once(reader, 'data');
  }
  return sent;
}

test('a slow client gets a whole download even if the server has already closed its side', async (t) => {
  const { client, atClient, atServer, server } = await joined(t);
  const sent = await fill(server, atServer, atClient);
  server.end();
  await once(atServer, 'end');
  const { received, sawEnd } = await readToClose(client);
  assert.deepEqual([received.length, sawEnd], [sent, true]);
});

test('a server that closes its side early gets the whole upload', async (t) => {
  const { client, atServer, server } = await joined(t);
  for (const socket of [client, server]) socket.allowHalfOpen = true;
  server.end('early answer');
  await once(client.resume(), 'end');
  client.end(Buffer.alloc(300_000));
  const { received, sawEnd } = await readToClose(server);
  assert.deepEqual([received.length, sawEnd], [300_000, true]);
  if (!atServer.closed) await once(atServer, 'close');
});

test('a slow client gets the whole answer of a server that refuses the rest of the upload with a reset', async (t) => {
  const { client, atClient, atServer, server } = await joined(t);
  const sent = await fill(server, atServer, atClient);
  server.end();
  await once(atServer, 'end');
  // Does not use `once` of `node:events`, which rejects because the connection fails first.
  const closed = new Promise((resolve) => atServer.once('close', resolve));
  server.resetAndDestroy();
  client.write('rest of the upload');
  await closed;
  assert.equal((await readToClose(client)).received.length, sent);
});

test('a slow client that still uploads gets the whole answer of a server that has reset the connection', async (t) => {
  const { clock, client, atClient, atServer, server } = await joined(t);
  const sent = await fill(server, atServer, atClient);
  server.end();
  await once(atServer, 'end');
  server.resetAndDestroy();
  client.write('upload');
  const ending = readToClose(client);
  await once(atClient, 'finish');
  // The kernel has not sent all of the answer yet. If `atClient` were closed, the kernel would reset the connection
  // when these bytes arrive, and the client would lose the rest of the answer.
  client.pause();
  client.write(' goes on');
  await eventually(() => atClient.bytesRead === 'upload goes on'.length, 'it should be read');
  client.resume();
  const { received, error } = await ending;
  assert.deepEqual([received.length, error], [sent, undefined]);
  if (!atClient.closed) await once(atClient, 'close');
  assert.equal(clock.pending, 0);
});

test('a download that its client has cancelled ends after at most 1 s, and no timer is left', async (t) => {
  for (const isServerDone of [true, false]) {
    const { clock, client, atClient, atServer, server } = await joined(t);
    server.allowHalfOpen = true;
    await fill(server, atServer, atClient);
    client.end();
    await once(server.resume(), 'end');
    // Does not use `once` of `node:events`, which rejects because the connection fails first.
    const closed = new Promise((resolve) => atClient.once('close', resolve));
    client.resetAndDestroy();
    await closed;
    if (isServerDone) server.end();
    else {
      clock.advance(999);
      assert.ok(!atServer.destroyed);
      clock.advance(1);
    }
    if (!atServer.closed) await once(atServer, 'close');
    assert.equal(clock.pending, 0);
  }
});

test('a client that uploads without end after the answer is cut off after 30 s', async (t) => {
  const { clock, client, atClient, atServer, server } = await joined(t);
  client.allowHalfOpen = true;
  server.end('answer');
  await once(client.resume(), 'end');
  const closed = new Promise((resolve) => atServer.once('close', resolve));
  server.resetAndDestroy();
  client.write('upload');
  await closed;
  clock.advance(29_999);
  assert.ok(!atClient.destroyed);
  clock.advance(1);
  await once(atClient, 'close');
  assert.equal(clock.pending, 0);
});

test('after the end of the server, both sockets are closed if the client sends nothing between two checks, 5 minutes apart', async (t) => {
  const { clock, client, atClient, atServer, server } = await joined(t);
  for (const socket of [client, server]) socket.allowHalfOpen = true;
  server.end('answer');
  await once(client.resume(), 'end');
  clock.advance(200_000);
  client.write('late');
  await once(server, 'data');
  clock.advance(399_999);
  assert.ok(!atClient.destroyed && !atServer.destroyed);
  clock.advance(1);
  await Promise.all([once(atClient, 'close'), once(atServer, 'close')]);
  assert.equal(clock.pending, 0);
});

test('a reset by the server or the client is passed on as a reset, not as an end', async (t) => {
  for (const from of ['client', 'server'] as const) {
    const ends = await joined(t);
    const to = from === 'client' ? 'server' : 'client';
    const ended = readToClose(ends[to]);
    ends[from].write('part');
    await once(ends[to], 'data');
    ends[from].resetAndDestroy();
    const { received, sawEnd, error } = await ended;
    assert.deepEqual([received.toString(), sawEnd], ['part', false], `by the ${from}`);
    assert.match(String(error), /ECONNRESET/);
  }
});

test('a request that must not be passed on ends both connections with a reset', async (t) => {
  const head = {
    method: 'POST',
    target: '/',
    version: 'HTTP/1.1',
    headers: [['transfer-encoding', 'chunked']],
  } as const;
  const { client, server } = await joined(t, oneRequest(head, 4));
  const endings = Promise.all([readToClose(client), readToClose(server)]);
  client.write('headno chunk\r\n');
  for (const { sawEnd, error } of await endings) {
    assert.equal(sawEnd, false);
    assert.match(String(error), /ECONNRESET/);
  }
});

test('a download through an HTTPS proxy is complete, and a reset by the client closes the connection to the proxy', async (t) => {
  const authority = await testAuthority();
  const { certificate, key } = await authority.issueServer(['localhost'], ['127.0.0.1']);
  await using proxy = await TestTcpServer.start(() => {}, { cert: certificate, key });
  for (const [index, ending] of ['end', 'reset'].entries()) {
    using near = await socketPair();
    near.client.allowHalfOpen = false;
    const atProxy = tls.connect({ port: proxy.port, host: '127.0.0.1', ca: authority.certificate });
    t.after(() => atProxy.destroy());
    await once(atProxy, 'secureConnect');
    const server = await proxy.connection(index);
    join(near.accepted, atProxy, new FakeClock());
    if (ending === 'end') server.end('answer');
    else near.client.resetAndDestroy();
    const [{ received }] = await Promise.all([readToClose(near.client), readToClose(server)]);
    assert.equal(received.toString(), ending === 'end' ? 'answer' : '');
  }
});
