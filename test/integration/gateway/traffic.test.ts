import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createServer as createHttpServer } from 'node:http';
import { createSecureServer } from 'node:http2';
import net, { type Server } from 'node:net';
import { join } from 'node:path';
import { duplexPair } from 'node:stream';
import { after, before, test } from 'node:test';
import { IMAGE } from '../../../src/demo/content/demoContent.ts';
import { type DemoCluster, startDemoCluster } from '../../../src/demo/demoCluster.ts';
import { createService } from '../../../src/demo/objects/services.ts';
import { servePods } from '../../../src/demo/pods/podProcess.ts';
import type { TestEnd } from '../../support/demoForward.ts';
import { DemoGateway, isMissing, readHex, readUntilText, runClient } from '../../support/demoGateway.ts';
import { temporaryDirectory } from '../../support/temporaryDirectory.ts';
import { testAuthority } from '../../support/testCertificates.ts';

// Protocols that keep a connection for long, or change it. Their bytes go on untouched.

/** Where the pods speak TLS. */
const SECURE_PORT = 80;
const WEB_SOCKET_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

let demo: DemoCluster;
let open: DemoGateway;
const ends: (() => Promise<unknown> | unknown)[] = [];
const suite: TestEnd = { after: (end) => ends.push(end) };

before(async () => {
  const folder = await temporaryDirectory();
  ends.push(() => folder[Symbol.asyncDispose]());
  const socketPath = join(folder.path, 'pods');
  const pods = await startPods(socketPath);
  ends.push(() => new Promise((resolve) => pods.close(resolve)));
  demo = await startDemoCluster({ podSocketPath: socketPath });
  ends.push(() => demo.dispose());
  expose('live', { port: 80, targetPort: 8080 }, { app: 'web' });
  expose('secure', { port: 443, targetPort: SECURE_PORT }, { run: 'web' });
  open = new DemoGateway(suite, demo);
  await open.gateway.settled();
});

after(async () => {
  for (const end of ends.reverse()) await end();
});

function expose(
  name: string,
  ports: { port: number; targetPort: number },
  selector: Record<string, string>,
): void {
  const options = { name, namespace: 'demo', selector, clusterIP: '10.96.7.7', createdAt: new Date() };
  demo.store.put('services', createService({ ...options, ports: [{ protocol: 'TCP', ...ports }] }));
}

/** Pods with a page of events, an upload, WebSockets that echo, and HTTP/2 over TLS. */
async function startPods(socketPath: string): Promise<Server> {
  const authority = await testAuthority();
  const { certificate, key } = await authority.issueServer(['secure.demo'], ['127.0.0.1']);
  const plain = createHttpServer((request, response) => {
    if (request.url === '/events') {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: first\n\n');
      return void request.socket.once('data', () => {});
    }
    const hash = createHash('sha256');
    request.on('data', (chunk: Buffer) => hash.update(chunk));
    request.on('end', () => response.end(hash.digest('hex')));
  });
  plain.on('upgrade', (request, socket) => {
    const accepted = createHash('sha1').update(`${request.headers['sec-websocket-key']}${WEB_SOCKET_GUID}`);
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accepted.digest('base64')}\r\n\r\n`,
    );
    socket.on('data', (frame: Buffer) => socket.write(echoed(frame)));
  });
  const secure = createSecureServer({ cert: certificate, key }, (request, response) => {
    response.end(`HTTP/${request.httpVersion}`);
  });
  ends.push(
    () => plain.close(),
    () => secure.close(),
  );
  return await servePods(socketPath, {
    [IMAGE.web]: {
      accept: (connection, _pod, port) => {
        // TLS would take the socket's handle, and miss what has been read from it already.
        const [near, far] = duplexPair();
        connection.pipe(far).pipe(connection);
        (port === SECURE_PORT ? secure : plain).emit('connection', near);
      },
      dispose() {},
    },
  });
}

/** The answer to a short masked frame (RFC 6455 section 5.2): the same, unmasked. */
function echoed(frame: Buffer): Buffer {
  const length = (frame[1] ?? 0) & 0x7f;
  const mask = frame.subarray(2, 6);
  const payload = frame.subarray(6, 6 + length).map((byte, index) => byte ^ (mask[index % 4] ?? 0));
  return Buffer.concat([Buffer.from([frame[0] ?? 0, length]), payload]);
}

test('a WebSocket works through a name of a browser', async (t) => {
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

test('events come while the answer goes on, beside an upload that arrives whole', async (t) => {
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

test('HTTP/2 over TLS passes through CONNECT and SOCKS 5', { skip: isMissing('curl') }, async () => {
  for (const proxy of [open.proxy, open.socks]) {
    const answer = await runClient('curl', ['-sSk', '--http2', '-x', proxy, 'https://secure.demo/']);
    assert.equal(answer, 'HTTP/2.0', proxy);
  }
  const variables = { https_proxy: open.proxy };
  assert.equal(await runClient('curl', ['-sSk', 'https://secure/'], variables), 'HTTP/2.0');
});

test('bytes of a Java client, which sends its user and no password', async () => {
  // A JVM with socksProxyHost, `new URL("http://live/upload")`: greeting, sign-in, request, each after the answer before it.
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
