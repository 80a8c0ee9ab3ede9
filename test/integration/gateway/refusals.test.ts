import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { demoClusterFor, demoRestConfig } from '../../support/demoForward.ts';
import { settledGateway, socksRequest } from '../../support/demoGateway.ts';
import { TestTcpServer } from '../../support/tcpServer.ts';

// This container runtime passes a FIN on at once. containerd would delay it by 1 s, which would only make tests slower.
const demo = await demoClusterFor({ after }, { runtime: 'socat' });
const open = await settledGateway({ after }, demo);

/** Returns the status line and the body of the answer to a request. */
async function ask(...lines: readonly string[]): Promise<string> {
  const answer = (await open.exchange(`${lines.join('\r\n')}\r\n\r\n`)).toString();
  return `${answer.split('\r\n')[0] ?? ''} ${answer.split('\r\n\r\n')[1] ?? ''}`;
}

/** Sends a SOCKS request. Returns the byte of the reply that says whether the connection was made. */
async function socks(command: number, host: string, port: number): Promise<number | undefined> {
  return (await open.exchange(Buffer.from([5, 1, 0]), socksRequest(command, host, port)))[3];
}

test('names and addresses outside the namespaces are refused in the words of each protocol', async () => {
  for (const host of [
    'example.com',
    'web.staging',
    'kubernetes.default.svc',
    '169.254.169.254',
    '127.0.0.1',
    'localhost',
  ]) {
    assert.match(
      await ask(`GET http://${host}/ HTTP/1.1`, `Host: ${host}`),
      /^HTTP\/1.1 403 .*outside/,
      host,
    );
    assert.match(await ask(`CONNECT ${host}:443 HTTP/1.1`), /^HTTP\/1.1 403 .*outside/, host);
    assert.equal(await socks(1, host, 443), 2, host);
  }
});

test('a request to an unknown or unreachable service is answered with the reason', async () => {
  const get = (host: string) => ask(`GET http://${host}/ HTTP/1.1`, `Host: ${host}`);
  assert.match(await get('wbe'), /^HTTP\/1.1 502 .*available: .*web/);
  assert.match(await get('web:81'), /^HTTP\/1.1 502 .*available: 80 \("http"\)/);
  assert.match(await get('dns:53'), /^HTTP\/1.1 502 .*UDP/);
  assert.match(await get('no-selector'), /^HTTP\/1.1 502 .*no selector/);
  assert.equal(await socks(1, 'wbe', 80), 4);
  assert.equal(await socks(1, 'web', 81), 5);
  const [page, reply, pod] = await Promise.all([
    get('no-pods'),
    socks(1, 'no-pods', 80),
    socks(1, 'db-9.db', 5432),
  ]);
  assert.match(page, /^HTTP\/1.1 503 .*no ready pod/);
  assert.equal(reply, 4);
  assert.equal(pod, 4);
  assert.equal(await socks(1, 'web', 0), 5);
  const last = open.notices.at(-1);
  assert.ok(last?.type === 'refused');
  assert.equal(last.error.message, 'request refused: the port is 0, use a port from 1 to 65535');
});

test('SOCKS refuses BIND, UDP, other versions and unknown methods', async () => {
  assert.equal(await socks(2, 'web', 80), 7);
  assert.equal(await socks(3, 'web', 80), 7);
  assert.equal((await open.exchange(Buffer.from([5, 1, 1]))).toString('hex'), '05ff');
  assert.equal((await open.exchange(Buffer.from([4, 1, 0, 80, 0, 0, 0, 1, 0]))).length, 0);
  assert.equal((await open.exchange(Buffer.from([0x16, 3, 1, 0, 5]))).length, 0);
});

test('a foreign Host is refused, because a foreign name may lead to this machine', async () => {
  for (const host of [
    'evil.example',
    'evil.example:8900',
    'web.demo',
    'localhost.evil.example',
    '192.168.0.1',
  ]) {
    assert.match(await ask('GET / HTTP/1.1', `Host: ${host}`), /^HTTP\/1.1 403 /, host);
  }
  assert.match(await ask('GET / HTTP/1.1'), /^HTTP\/1.1 403 .*no Host header/);
  assert.match(await ask('GET / HTTP/1.1', 'Host: localhost', 'Host: evil.example'), /^HTTP\/1.1 403 /);
  for (const host of ['localhost', '127.0.0.1:1', '[::1]:8900', 'web.demo.localhost']) {
    assert.match(await ask('GET / HTTP/1.1', `Host: ${host}`, 'Connection: close'), /^HTTP\/1.1 200 /, host);
  }
});

test('a page of a foreign site cannot use a service, even over a connection of another page', async () => {
  const host = 'Host: web.demo.localhost';
  const foreign = ['Sec-Fetch-Site: cross-site', 'Origin: https://evil.example'];
  assert.match(await ask('GET / HTTP/1.1', host, ...foreign), /^HTTP\/1.1 403 .*evil.example/);
  const first = `GET /healthz HTTP/1.1\r\n${host}\r\n\r\n`;
  const second = `GET /api/pod HTTP/1.1\r\n${host}\r\n${foreign.join('\r\n')}\r\n\r\n`;
  const both = (await open.exchange(first, second)).toString();
  assert.doesNotMatch(both, /podIP/);
  const other = `GET /api/pod HTTP/1.1\r\nHost: db.demo.localhost\r\n\r\n`;
  assert.doesNotMatch((await open.exchange(first, other)).toString(), /podIP/);
});

test('a dev server of this machine and a link of another site may use a service', async () => {
  const host = 'Host: web.demo.localhost';
  const rows = [
    ['Sec-Fetch-Site: cross-site', 'Origin: http://localhost:5173'],
    ['Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: navigate', 'Sec-Fetch-Dest: document'],
    ['Sec-Fetch-Site: same-site', 'Origin: http://shop.demo.localhost:8900'],
  ];
  for (const row of rows) {
    assert.match(
      await ask('GET / HTTP/1.1', host, 'Connection: close', ...row),
      /^HTTP\/1.1 200 /,
      row.join(),
    );
  }
});

test('heads that are too long, endless or invalid are refused', async () => {
  assert.match(
    await ask('GET / HTTP/1.1', 'Host: localhost', `X: ${'x'.repeat(140_000)}`),
    /^HTTP\/1.1 431 .*larger/,
  );
  // Some programs accept LF as the end of a line. For them, these heads are complete. The gateway refuses such heads at
  // once, and does not wait for more bytes.
  for (const end of ['\n\n', '\n\r\n']) {
    const answer = await open.exchange(`GET / HTTP/1.1\nHost: web.demo.localhost${end}`);
    assert.match(answer.toString(), /^HTTP\/1.1 400 [\s\S]*CR LF/);
  }
  assert.match(await ask('GET / HTTP/1.1', 'Host: localhost', 'X : y'), /^HTTP\/1.1 400 /);
  assert.match(
    await ask('POST / HTTP/1.1', 'Host: web.demo.localhost', 'Content-Length: 1', 'Content-Length: 2'),
    / 403 /,
  );
  assert.match(await ask('GET ftp://web/ HTTP/1.1', 'Host: web'), /^HTTP\/1.1 403 /);
  assert.match(await ask('CONNECT web HTTP/1.1'), /^HTTP\/1.1 403 /);
  assert.match(await ask('CONNECT [::1]:0 HTTP/1.1'), /^HTTP\/1.1 403 /);
});

test('the list of services escapes its texts and runs no script', async () => {
  const page = (
    await open.exchange('GET / HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\n\r\n')
  ).toString();
  assert.match(page, /Content-Security-Policy: default-src 'none'/);
  assert.match(page, /href="http:\/\/web\.demo\.localhost:\d+\/"/);
  assert.doesNotMatch(page, /<script/i);
  const lines = await ask('GET / HTTP/1.1', 'Host: localhost');
  assert.match(lines, /^web\.demo http:\/\/web\.demo\.localhost:\d+\/$/m);
});

test('the lists of services have no link to a service that selects no pods', async () => {
  const head = 'GET / HTTP/1.1\r\nHost: localhost\r\n';
  const page = (await open.exchange(`${head}Accept: text/html\r\n\r\n`)).toString();
  assert.match(page, /<tr><th scope="row">no-selector<\/th><td>[^<]*80<\/td><td>no selector<\/td><\/tr>/);
  const lines = (await open.exchange(`${head}\r\n`)).toString();
  assert.match(lines, /^no-selector\.demo - \(no selector\)$/m);
  assert.match(lines, /^dns\.demo - \(no TCP port\)$/m);
  const service = open.gateway.services.find(({ name }) => name === 'no-selector');
  assert.deepEqual([service?.url, service?.ports[0]?.url], [undefined, undefined]);
});

test('a user who may not forward is told so', async (t) => {
  const user = 'demo-viewer';
  const viewer = await settledGateway(t, demo, { restConfig: demoRestConfig(demo, user) });
  const answer = await viewer.exchange('GET http://web/ HTTP/1.1\r\nHost: web\r\n\r\n');
  assert.match(answer.toString(), /^HTTP\/1.1 403 .*pods\/portforward/s);
});

test('a host outside the namespaces gets the request of a program with the secret, and never the secret', async () => {
  let seen = '';
  await using outside = await TestTcpServer.start((socket) => {
    socket.on('data', (chunk) => {
      seen += chunk;
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    });
    socket.on('end', () => socket.end());
  });
  const { port } = outside;
  const secret = open.gateway.createSecret({ environment: {}, namespaces: [] });
  const password = Buffer.from(`kube:${secret}`).toString('base64');
  const request = (path: string) =>
    `GET http://127.0.0.1:${port}${path} HTTP/1.1\r\nHost: x\r\nProxy-Authorization: Basic ${password}\r\n\r\n`;
  const answer = (await open.exchange(request('/1'), request('/2'))).toString();
  assert.match(answer, /ok$/);
  assert.match(seen, /^GET \/1 HTTP\/1.1\r\nHost: 127.0.0.1:\d+\r\nConnection: close\r\n\r\n$/);
});
