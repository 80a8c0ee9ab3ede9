import assert from 'node:assert/strict';
import { once } from 'node:events';
import type http from 'node:http';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { boolean, integer, object, text } from '../../../src/json/shape.ts';
import { type JsonOptions, requestJson, requestStream } from '../../../src/rest/request.ts';
import { RestAgent } from '../../../src/rest/restAgent.ts';
import type { RestConfig } from '../../../src/rest/restConfig.ts';
import { coded } from '../../support/coded.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { answerJson, startHttpServer } from '../../support/httpServer.ts';
import { never } from '../../support/never.ts';
import { FakeCredentials, restConfigFor } from '../../support/restConfig.ts';
import { TestTcpServer } from '../../support/tcpServer.ts';
import { untilSettled } from '../../support/untilSettled.ts';

/** Requests `/x`. */
const get = (config: RestConfig, options: JsonOptions<unknown, never> = {}) =>
  requestJson(config, { path: '/x', signal: never }, options);

test('a request keeps the path prefix, sends query, headers, credentials and body, and reads JSON', async () => {
  let seen: Record<string, unknown> = {};
  await using server = await startHttpServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { method, url, headers } = request;
    seen = { method, url, body, authorization: headers.authorization, host: headers.host };
    answerJson(response, 201, { ok: true });
  });
  const config = restConfigFor(new URL('/k8s/clusters/c1/', server.url), {
    credentials: new FakeCredentials({ authorization: 'Bearer abc' }),
  });
  const answer = await requestJson(
    config,
    {
      method: 'POST',
      path: '/api/v1/namespaces',
      query: { limit: 5, watch: undefined, labelSelector: 'a=b,c' },
      body: '{"a":1}',
      signal: never,
    },
    { shape: object({ ok: boolean() }) },
  );
  assert.deepEqual(answer, { ok: true });
  assert.deepEqual(seen, {
    method: 'POST',
    url: '/k8s/clusters/c1/api/v1/namespaces?limit=5&labelSelector=a%3Db%2Cc',
    body: '{"a":1}',
    authorization: 'Bearer abc',
    host: server.url.host,
  });
});

test('a gzip answer is decompressed', async () => {
  await using server = await startHttpServer((_request, response) => {
    response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(gzipSync('{"a":"b"}'));
  });
  const shape = object({ a: text() });
  assert.deepEqual(await get(restConfigFor(server.url), { shape }), { a: 'b' });
});

test('an agent reuses its connection, and requests without an agent have their own', async () => {
  await using server = await startHttpServer((_request, response) => answerJson(response, 200, {}));
  const config = restConfigFor(server.url);
  const agent = new RestAgent(config);
  for (let i = 0; i < 3; i++) await get(config, { agent });
  assert.equal(server.connections(), 1);
  for (let i = 0; i < 3; i++) await get(config);
  assert.equal(server.connections(), 4);
  agent.dispose();
});

test('a kept connection that the server has closed is replaced', async () => {
  await using server = await startHttpServer((_request, response) =>
    answerJson(response, 200, { n: server.connections() }),
  );
  const config = restConfigFor(server.url);
  const agent = new RestAgent(config);
  await get(config, { agent });
  // The next request begins before the client can notice that the server has closed the connection.
  server.http.closeAllConnections();
  const shape = object({ n: integer() });
  assert.deepEqual(await get(config, { agent, shape }), { n: 2 });
  agent.dispose();
});

test('a request whose kept connection breaks with the code of Windows is sent again over another', async () => {
  const lost = Object.assign(new Error('read ECONNABORTED'), { code: 'ECONNABORTED', syscall: 'read' });
  let kept: Socket | undefined;
  await using server = await startHttpServer((_request, response) => {
    if (kept === undefined || kept.destroyed) answerJson(response, 200, { n: server.connections() });
    else kept.destroy(lost);
  });
  const config = restConfigFor(server.url);
  const agent = new RestAgent(config);
  await get(config, { agent });
  kept = Object.values(agent.freeSockets)[0]?.[0];
  assert.ok(kept !== undefined);
  const shape = object({ n: integer() });
  assert.deepEqual(await get(config, { agent, shape }), { n: 2 });
  agent.dispose();
});

test('a rotated client certificate gets a connection of its own', async () => {
  await using server = await startHttpServer((_request, response) => answerJson(response, 200, {}));
  const credentials = new FakeCredentials(
    { clientCertificate: { certificate: 'one', key: 'k' } },
    { clientCertificate: { certificate: 'two', key: 'k' } },
  );
  const config = restConfigFor(server.url, { credentials });
  const agent = new RestAgent(config);
  await get(config, { agent });
  credentials.invalidate({});
  await get(config, { agent });
  assert.equal(server.connections(), 2);
  agent.dispose();
});

test('a 401 renews the credentials once', async () => {
  let requests = 0;
  await using server = await startHttpServer((request, response) => {
    requests += 1;
    if (request.headers.authorization === 'Bearer new') return answerJson(response, 200, { in: true });
    answerJson(response, 401, { kind: 'Status', message: 'Unauthorized', code: 401 });
  });
  const renewed = new FakeCredentials({ authorization: 'Bearer old' }, { authorization: 'Bearer new' });
  const shape = object({ in: boolean() });
  const answer = await get(restConfigFor(server.url, { credentials: renewed }), { shape });
  assert.deepEqual(answer, { in: true });
  assert.deepEqual(renewed.refused, [{ authorization: 'Bearer old' }]);

  requests = 0;
  const stale = new FakeCredentials({}, {}, {});
  await assert.rejects(get(restConfigFor(server.url, { credentials: stale })), coded('UNAUTHORIZED'));
  assert.equal(requests, 2);
});

test('a refused request carries verb and resource from its path', async () => {
  await using server = await startHttpServer((_request, response) =>
    answerJson(response, 403, { kind: 'Status', message: 'because', code: 403 }),
  );
  const request = requestJson(restConfigFor(server.url), {
    path: '/api/v1/namespaces/demo/pods',
    query: { watch: true },
    signal: never,
  });
  await assert.rejects(request, coded('FORBIDDEN', { verb: 'watch' }));
});

test('a busy server is asked again as it says, a limited number of times and soon', async () => {
  const clock = new FakeClock();
  let requests = 0;
  let answer: { status: number; retryAfter?: string; times: number };
  await using server = await startHttpServer((_request, response) => {
    requests += 1;
    if (requests > answer.times) return answerJson(response, 200, { n: requests });
    if (answer.retryAfter) response.setHeader('Retry-After', answer.retryAfter);
    answerJson(response, answer.status, { kind: 'Status', message: 'busy', code: answer.status });
  });
  const ask = async (next: typeof answer) => {
    answer = next;
    requests = 0;
    const options = { clock, shape: object({ n: integer() }) };
    return await untilSettled(get(restConfigFor(server.url), options), clock, 500);
  };
  assert.deepEqual(await ask({ status: 429, retryAfter: '1', times: 3 }), { n: 4 });
  assert.deepEqual(await ask({ status: 503, retryAfter: '2', times: 1 }), { n: 2 });
  await assert.rejects(ask({ status: 429, retryAfter: '1', times: 4 }), coded('API_ERROR', { status: 429 }));
  assert.equal(requests, 4);
  await assert.rejects(ask({ status: 429, retryAfter: '60', times: 1 }), coded('API_ERROR', { status: 429 }));
  await assert.rejects(ask({ status: 500, times: 1 }), coded('API_ERROR', { status: 500 }));
  assert.equal(requests, 1);
  assert.equal(clock.pending, 0);
});

test('a request without an answer ends at the time limit', async () => {
  const clock = new FakeClock();
  await using server = await startHttpServer(() => clock.advance(3000));
  const config = restConfigFor(server.url, { requestTimeoutMs: 3000 });
  await assert.rejects(get(config, { clock }), coded('TIMED_OUT', { seconds: 3 }));
  assert.equal(clock.pending, 0);
});

test("an aborted request rejects with the signal's reason and ends its connection", async () => {
  const abort = new AbortController();
  const reason = new Error('enough');
  await using server = await startHttpServer((request) => {
    request.socket.once('close', () => closed.resolve());
    abort.abort(reason);
  });
  const closed = Promise.withResolvers<void>();
  const request = requestJson(restConfigFor(server.url), { path: '/x', signal: abort.signal });
  await assert.rejects(request, (error) => error === reason);
  await closed.promise;
});

test('an abort while connecting ends the connection attempt', async () => {
  const abort = new AbortController();
  await using silent = await TestTcpServer.start(() => abort.abort(new Error('enough')));
  const config = restConfigFor(silent.url('https'));
  await assert.rejects(requestJson(config, { path: '/x', signal: abort.signal }), /enough/);
  await silent.quiet();
  assert.equal(silent.accepted, 1);
});

test('a closed port is UNREACHABLE, a broken answer PROTOCOL, HTML in place of JSON an API_ERROR', async () => {
  const gone = await startHttpServer(() => {});
  await gone[Symbol.asyncDispose]();
  await assert.rejects(get(restConfigFor(gone.url)), coded('UNREACHABLE'));

  await using garbage = await TestTcpServer.start((socket) => socket.end('SSH-2.0-nope\r\n\r\n'));
  await assert.rejects(get(restConfigFor(garbage.url('http'))), coded('PROTOCOL'));

  await using login = await startHttpServer((_request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/html' }).end('<html>Log in</html>');
  });
  await assert.rejects(get(restConfigFor(login.url)), coded('API_ERROR', /text\/html instead of JSON/));
});

test('an answer that breaks off is UNREACHABLE', async () => {
  await using server = await startHttpServer((_request, response) => {
    response.writeHead(200, { 'Content-Length': '100' });
    response.write('{"a"', () => response.destroy());
  });
  await assert.rejects(get(restConfigFor(server.url)), coded('UNREACHABLE'));
});

test('a stream is read as it arrives, outlives the time limit, and ends with its signal', async () => {
  const clock = new FakeClock();
  const abort = new AbortController();
  const closed = Promise.withResolvers<void>();
  await using server = await startHttpServer((request, response: http.ServerResponse) => {
    request.socket.once('close', () => closed.resolve());
    response.writeHead(200);
    response.write('first\n');
  });
  const config = restConfigFor(server.url, { requestTimeoutMs: 1000 });
  const body = await requestStream(config, { path: '/x', signal: abort.signal }, { clock });
  const [first] = await once(body, 'data');
  assert.equal(String(first), 'first\n');
  clock.advance(60_000);
  assert.ok(!body.destroyed);
  const failed = once(body, 'error');
  abort.abort(new Error('enough'));
  await failed;
  await closed.promise;
});

test('the size of an answer is reported piece by piece, decompressed', async () => {
  const text = JSON.stringify({ ok: true, more: 'x'.repeat(300_000) });
  await using server = await startHttpServer((_request, response) => {
    response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' });
    response.end(gzipSync(text));
  });
  const pieces: number[] = [];
  const config = { ...restConfigFor(server.url), onAnswerBytes: (bytes: number) => pieces.push(bytes) };
  await requestJson(config, { path: '/', signal: never });
  assert.ok(pieces.length > 1);
  assert.equal(
    pieces.reduce((sum, bytes) => sum + bytes),
    text.length,
  );
});
