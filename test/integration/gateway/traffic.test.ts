import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { Agent, get as httpGet } from 'node:http';
import net from 'node:net';
import { after, test } from 'node:test';
import { isMissing, readHex, readUntilText, runClient, settledGateway } from '../../support/demoGateway.ts';
import { startLiveCluster } from '../../support/liveCluster.ts';

// Tests protocols that keep a connection open for long, or continue it with another protocol. Bytes must pass
// unchanged.

const live = await startLiveCluster({ after });
const { requests } = live;
for (const name of ['live', 'plain']) live.expose(name);
live.expose('secure', 'https');
const open = await settledGateway({ after }, live.demo);

test("a WebSocket works through a browser's name", async (t) => {
  const socket = net.connect(open.port, '127.0.0.1');
  t.after(() => socket.destroy());
  socket.write(
    'GET /chat HTTP/1.1\r\nHost: live.demo.localhost\r\nOrigin: http://localhost:5173\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  );
  // RFC 6455 section 1.3 has this key and its answer.
  await readUntilText(socket, /101 Switching.*s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=\r\n\r\n/s);
  socket.write(
    Buffer.concat([Buffer.from([0x81, 0x85, 1, 2, 3, 4]), Buffer.from([0x69, 0x67, 0x6f, 0x68, 0x6e])]),
  );
  assert.equal(await readHex(socket, 7), `8105${Buffer.from('hello').toString('hex')}`);
});

test('events arrive during the answer, beside an upload that arrives complete', async (t) => {
  const events = net.connect(open.port, '127.0.0.1');
  t.after(() => events.destroy());
  events.write('GET /events HTTP/1.1\r\nHost: live.demo.localhost\r\n\r\n');
  await readUntilText(events, /data: first/);
  const bytes = Buffer.alloc(3_000_000, 'upload');
  const sum = createHash('sha256').update(bytes).digest('hex');
  const chunk = (part: Buffer) =>
    Buffer.concat([Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n')]);
  const framings = [
    [`Content-Length: ${bytes.length}`, bytes],
    [
      'Transfer-Encoding: chunked',
      Buffer.concat([
        chunk(bytes.subarray(0, 1_000_000)),
        chunk(bytes.subarray(1_000_000)),
        Buffer.from('0\r\n\r\n'),
      ]),
    ],
  ] as const;
  const socket = net.connect(open.port, '127.0.0.1');
  t.after(() => socket.destroy());
  for (const [header, body] of framings) {
    socket.write(`PUT /upload HTTP/1.1\r\nHost: live.demo.localhost\r\n${header}\r\n\r\n`);
    socket.write(body);
    await readUntilText(socket, new RegExp(sum));
  }
});

test('requests to several hosts over one kept-alive connection to the proxy are each answered by their host', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1, proxyEnv: { http_proxy: open.proxy } });
  const get = (url: string) =>
    new Promise<string>((resolve, reject) => {
      const request = httpGet(url, { agent }, (response) => {
        response.setEncoding('utf8');
        let body = '';
        response.on('data', (text: string) => {
          body += text;
        });
        response.on('end', () => resolve(`${response.statusCode} ${body}`));
      });
      request.once('error', reject);
    });
  const before = requests.length;
  const urls = ['http://live/1', 'http://live.demo/2', 'http://plain/3', 'http://live/4'];
  const answers: string[] = [];
  for (const url of urls) answers.push(await get(url));
  assert.ok(
    answers.every((answer) => answer.startsWith('200 ')),
    answers.join(),
  );
  const hosts = requests.slice(before).map((request) => /"host":"([^"]+)"/.exec(request)?.[1]);
  assert.deepEqual(hosts, ['live', 'live.demo', 'plain', 'live']);
  agent.destroy();
});

test('odd requests that are legal reach the pod, as they do through a forward', async () => {
  const get = 'GET /odd HTTP/1.1\r\nConnection: close\r\nHost: live.demo.localhost';
  const own = `live.demo.localhost:${open.port}`;
  const many = Array.from({ length: 300 }, (_, index) => `X-${index}: y`).join('\r\n');
  const rows: readonly (readonly [request: string, received: RegExp])[] = [
    [`\r\n\r\n${get}`, /^GET \/odd /],
    [`${get}\r\n${many}`, /"x-299":"y"/],
    // A name below localhost, which is meant for browsers, in a request to the proxy.
    [`GET http://${own}/odd HTTP/1.1\r\nHost: ${own}`, new RegExp(`^GET /odd .*"host":"${own}"`)],
    ['OPTIONS http://live HTTP/1.1\r\nHost: live', /^OPTIONS \* /],
    ['GET http://live/ HTTP/1.1\r\nConnection: keep-alive, X-Hop\r\nX-Hop: 1', /^GET \/ (?!.*x-hop)/],
  ];
  for (const [request, received] of rows) {
    const before = requests.length;
    assert.match((await open.exchange(`${request}\r\n\r\n`)).toString(), /^HTTP\/1.1 200 OK/, request);
    assert.match(requests.slice(before).join(), received);
  }
});

test('a pipelined request to the proxy and its password reach no pod', async () => {
  const rows = [
    ['/1', 'in one piece'],
    ['/1', 'in two'],
    ['/careless', 'in two'],
  ] as const;
  for (const [path, pieces] of rows) {
    const before = requests.length;
    const first = `GET http://live${path} HTTP/1.1\r\nHost: live\r\n\r\n`;
    const second =
      'GET http://plain/2 HTTP/1.1\r\nHost: plain\r\nProxy-Authorization: Basic cGxhbnRlZA==\r\n\r\n';
    const writes = pieces === 'in one piece' ? [first + second] : [first, second];
    const answer = (await open.exchange(...writes)).toString();
    // The first request gets its whole answer. Then the connection ends, so that the client sends the second request
    // again.
    assert.match(answer, /^HTTP\/1.1 200 OK/, path);
    assert.equal(answer.split('HTTP/1.1').length, 2, answer);
    const seen = requests.slice(before);
    assert.equal(seen.length, 1);
    assert.doesNotMatch(seen.join(), /\/2|cGxhbnRlZA/);
  }
});

test('a proxy request with an HTTP/2 offer, as Java sends it, is answered in HTTP/1, and its pod never gets the next request', async () => {
  const offer = 'Connection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAEAAEAA\r\nUpgrade: h2c';
  for (const [method, body] of [
    ['GET', ''],
    ['POST', 'Content-Length: 2\r\n\r\nab'],
    ['POST', 'Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n'],
  ] as const) {
    const before = requests.length;
    const first = `${method} http://live/1 HTTP/1.1\r\nHost: live\r\n${offer}\r\n${body || '\r\n'}`;
    const second = `GET http://plain/2 HTTP/1.1\r\nHost: plain\r\n${offer}\r\nCookie: planted=1\r\n\r\n`;
    const answer = (await open.exchange(first, second)).toString();
    assert.match(answer, /^HTTP\/1.1 200 OK\r\n(?:.+\r\n)*Connection: close\r\n/i);
    const seen = requests.slice(before);
    assert.equal(seen.length, 1);
    assert.match(seen.join(), new RegExp(`^${method} /1 `));
    assert.doesNotMatch(seen.join(), /planted|upgrade|http2-settings/i);
  }
});

test('over SOCKS or CONNECT, a foreign page cannot use a service, but a page of a service can', async () => {
  for (const way of ['socks', 'connect'] as const) {
    const socket = await open.request(way, 'live', '/own');
    await readUntilText(socket, /HTTP\/1.1 200 OK/);
    const before = requests.length;
    const post = (path: string, origin: string) =>
      `POST ${path} HTTP/1.1\r\nHost: live\r\nOrigin: ${origin}\r\nContent-Length: 3\r\n\r\na=b`;
    socket.write(post('/own', 'http://plain.demo'));
    await readUntilText(socket, /HTTP\/1.1 200 OK/);
    socket.write(post('/foreign', 'http://evil.example'));
    await assert.rejects(readUntilText(socket, /HTTP\/1/), way);
    assert.equal(requests.length, before + 1);
  }
});

test('HTTP/2 over TLS passes through CONNECT and SOCKS 5', { skip: isMissing('curl') }, async () => {
  for (const proxy of [open.proxy, open.socks]) {
    const answer = await runClient('curl', ['-sSk', '--http2', '-x', proxy, 'https://secure.demo/']);
    assert.equal(answer, 'HTTP/2.0', proxy);
  }
  const variables = { https_proxy: open.proxy };
  assert.equal(await runClient('curl', ['-sSk', 'https://secure/'], variables), 'HTTP/2.0');
});

test('a Java client that sends its user and no password is served', async () => {
  // What Java sends for `new URL("http://live/upload")` with the property socksProxyHost: greeting, sign-in and
  // request.
  const socket = net.connect(open.port, '127.0.0.1');
  socket.write(Buffer.from('05020002', 'hex'));
  assert.equal(await readHex(socket, 2), '0502');
  socket.write(Buffer.from('0104726f6f7400', 'hex'));
  assert.equal(await readHex(socket, 2), '0100');
  socket.write(
    Buffer.concat([Buffer.from('0501000304', 'hex'), Buffer.from('live'), Buffer.from('0050', 'hex')]),
  );
  assert.equal(await readHex(socket, 10), '05000001000000000000');
  socket.write('GET /upload HTTP/1.1\r\nUser-Agent: Java/17\r\nHost: live\r\nConnection: keep-alive\r\n\r\n');
  await readUntilText(socket, /HTTP\/1.1 200 OK/);
  socket.destroy();
});
