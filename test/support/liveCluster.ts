import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createSecureServer } from 'node:http2';
import type { Server } from 'node:net';
import { join } from 'node:path';
import { duplexPair } from 'node:stream';
import { createService, type DemoCluster, IMAGE, servePods, startDemoCluster } from '../../src/demo/entry.ts';
import type { TestEnd } from './demoForward.ts';
import { temporaryDirectory } from './temporaryDirectory.ts';
import { testAuthority } from './testCertificates.ts';

/** The port on which the pods accept TLS connections. */
const SECURE_PORT = 80;
/** The GUID from which a WebSocket server computes `Sec-WebSocket-Accept` (RFC 6455 section 1.3). */
const WEB_SOCKET_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
/** The first byte of a WebSocket frame that contains a whole text message. */
const TEXT_FRAME = 0x81;

/**
 * A demo cluster whose pods serve what a browser or an app uses: pages, server-sent events, uploads, WebSockets that
 * echo, and HTTP/2 over TLS.
 */
export interface LiveCluster {
  readonly demo: DemoCluster;
  /** The requests that the pods received: method, path, headers. */
  readonly requests: readonly string[];
  /** Creates a service in the namespace `demo` that selects the pods. */
  expose(name: string, protocol?: 'http' | 'https'): void;
}

/** Starts a {@link LiveCluster} that ends with the test. */
export async function startLiveCluster(test: TestEnd): Promise<LiveCluster> {
  const folder = await temporaryDirectory();
  test.after(async () => folder[Symbol.asyncDispose]());
  const requests: string[] = [];
  const podSocketPath = join(folder.path, 'pods');
  const pods = await startPods(podSocketPath, requests, test);
  test.after(() => void pods.close());
  const demo = await startDemoCluster({ podSocketPath });
  test.after(() => demo.dispose());
  return {
    demo,
    requests,
    expose(name, protocol = 'http') {
      const [ports, selector] =
        protocol === 'http'
          ? [{ port: 80, targetPort: 8080 }, { app: 'web' }]
          : [{ port: 443, targetPort: SECURE_PORT }, { run: 'web' }];
      const options = { name, namespace: 'demo', selector, clusterIP: '10.96.7.7', createdAt: new Date() };
      demo.store.put('services', createService({ ...options, ports: [{ protocol: 'TCP', ...ports }] }));
    },
  };
}

async function startPods(socketPath: string, requests: string[], test: TestEnd): Promise<Server> {
  const authority = await testAuthority();
  const { certificate, key } = await authority.issueServer(['secure.demo'], ['127.0.0.1']);
  const plain = createServer((request, response) => {
    requests.push(`${request.method} ${request.url} ${JSON.stringify(request.headers)}`);
    answer(request, response);
  });
  plain.on('upgrade', (request, socket) => {
    const accepted = createHash('sha1').update(`${request.headers['sec-websocket-key']}${WEB_SOCKET_GUID}`);
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accepted.digest('base64')}\r\n\r\n`,
    );
    socket.on('error', () => {});
    socket.on('data', (frame: Buffer) => {
      if (frame[0] === TEXT_FRAME) socket.write(echoed(frame));
      else socket.end();
    });
  });
  const secure = createSecureServer({ cert: certificate, key }, (request, response) => {
    response.end(`HTTP/${request.httpVersion}`);
  });
  test.after(() => void plain.close());
  test.after(() => void secure.close());
  return await servePods(socketPath, {
    [IMAGE.web]: {
      accept: (connection, _pod, port) => {
        // Gives the server a `duplexPair` instead of the socket itself. TLS would read from the operating system's
        // socket, and miss the bytes that Node has already read into the buffer of `connection`.
        const [near, far] = duplexPair();
        connection.pipe(far).pipe(connection);
        (port === SECURE_PORT ? secure : plain).emit('connection', near);
      },
      dispose() {},
    },
  });
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  const { origin, host = '', cookie = '' } = request.headers;
  if (origin !== undefined) {
    response.setHeader('Access-Control-Allow-Origin', origin);
    response.setHeader('Access-Control-Allow-Credentials', 'true');
  }
  switch (request.url) {
    case '/page': {
      const [service = ''] = host.split('.');
      response.writeHead(200, { 'content-type': 'text/html', 'set-cookie': `service=${service}` });
      return void response.end(`<!doctype html><title>${service}</title>`);
    }
    case '/cookies':
      return void response.end(cookie);
    case '/events':
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      return void response.write('data: first\n\n');
    case '/careless':
      // Writes the response directly to the socket, so that the connection stays open although the request asks to
      // close it.
      return void request.socket.write('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nfirst\n');
    default: {
      const hash = createHash('sha256');
      request.on('data', (chunk: Buffer) => hash.update(chunk));
      request.on('end', () => response.end(hash.digest('hex')));
    }
  }
}

/** Returns the server's echo of a short frame: the same frame without the client's mask (RFC 6455 section 5.2). */
function echoed(frame: Buffer): Buffer {
  const length = (frame[1] ?? 0) & 0x7f;
  const mask = frame.subarray(2, 6);
  const payload = frame.subarray(6, 6 + length).map((byte, index) => byte ^ (mask[index % 4] ?? 0));
  return Buffer.concat([Buffer.from([frame[0] ?? 0, length]), payload]);
}
