import { once } from 'node:events';
import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { kubeconfigText } from './kubeconfigText.ts';
import { readHead, TestTcpServer } from './tcpServer.ts';

/**
 * Responds to one request.
 * @param head the request line and the headers, which were already read from the socket
 */
export type HostileAnswer = (socket: Socket, head: string) => void;

const LINE = '\r\n';
const DRIP_MS = 20;
const CHUNK = Buffer.alloc(64 * 1024, ' ');

function head(status: string, ...headers: readonly string[]): string {
  return [`HTTP/1.1 ${status}`, ...headers, '', ''].join(LINE);
}

const JSON_HEADERS = ['Content-Type: application/json', 'Transfer-Encoding: chunked'];

function chunk(bytes: Buffer | string): Buffer {
  const body = Buffer.from(bytes);
  return Buffer.concat([Buffer.from(`${body.length.toString(16)}${LINE}`), body, Buffer.from(LINE)]);
}

/** Writes until the connection closes, as fast as the client reads. */
async function flood(socket: Socket, next: () => Buffer | string): Promise<void> {
  const closed = new Promise((resolve) => socket.once('close', resolve));
  while (!socket.destroyed) {
    if (socket.write(next())) await new Promise((resolve) => setImmediate(resolve));
    else await Promise.race([once(socket, 'drain'), closed]);
  }
}

/** Writes a few bytes every 20 ms, until the connection closes. */
function drip(socket: Socket, next: () => Buffer | string): void {
  const timer = setInterval(() => socket.write(next()), DRIP_MS);
  socket.once('close', () => clearInterval(timer));
}

const whole =
  (text: string | Buffer): HostileAnswer =>
  (socket) => {
    socket.end(text);
  };

/** Returns a response with a complete JSON body and correct headers. */
function json(body: string, status = '200 OK', ...headers: readonly string[]): HostileAnswer {
  const length = `Content-Length: ${Buffer.byteLength(body)}`;
  return (socket) => socket.write(head(status, 'Content-Type: application/json', length, ...headers) + body);
}

/** Returns a response that starts with `start` and never ends. */
const endless =
  (start: string, next: () => Buffer | string): HostileAnswer =>
  (socket) => {
    socket.write(start);
    void flood(socket, next).catch(() => {});
  };

const dripping =
  (start: string, next: () => Buffer | string): HostileAnswer =>
  (socket) => {
    socket.write(start);
    drip(socket, next);
  };

/** Responses that violate HTTP, never end, or are unusual. */
export const ODD_ANSWERS: Readonly<Record<string, HostileAnswer>> = {
  silence: () => {},
  'an unrequested 101': (socket) =>
    socket.write(head('101 Switching Protocols', 'Connection: Upgrade', 'Upgrade: SPDY/3.1')),
  'a 101 with bytes of another protocol': endless(
    head('101 Switching Protocols', 'Connection: Upgrade', 'Upgrade: websocket'),
    () => CHUNK,
  ),
  'a 101 that names no protocol': (socket) => socket.write(head('101 Switching Protocols')),
  '100 without end': dripping('', () => head('100 Continue')),
  '103 without end': dripping('', () => head('103 Early Hints', 'Link: </a>')),
  'a head that drips': dripping('HTTP/1.1 200 OK\r\nX-A: ', () => 'a'),
  'a head without end': endless('HTTP/1.1 200 OK\r\n', () => 'X-A: b\r\n'.repeat(100)),
  'one header without end': endless('HTTP/1.1 200 OK\r\nX-A: ', () => CHUNK),
  'a body that drips': dripping(head('200 OK', ...JSON_HEADERS) + chunk('{"items":['), () => chunk(' ')),
  'a body of a known length that drips': dripping(
    head('200 OK', 'Content-Type: application/json', 'Content-Length: 1000000'),
    () => ' ',
  ),
  'a body that stops': (socket) => socket.write(`${head('200 OK', 'Content-Length: 100')}{"items":[`),
  'a body that breaks off': whole(`${head('200 OK', 'Content-Length: 100')}{"items":[`),
  'a chunk that breaks off': whole(`${head('200 OK', ...JSON_HEADERS)}ff${LINE}{"items":[`),
  'a body without end': endless(head('200 OK', ...JSON_HEADERS), () => chunk(CHUNK)),
  'a compressed body without end': endless(
    head('200 OK', 'Content-Encoding: gzip', ...JSON_HEADERS) +
      chunk(gzipSync(CHUNK).subarray(0, 10)).toString('latin1'),
    () => chunk('\0'.repeat(1000)),
  ),
  'a body of zeros, compressed a thousand times': (socket) => {
    const bytes = gzipSync(Buffer.alloc(48 * 1024 * 1024, ' '));
    socket.write(head('200 OK', 'Content-Encoding: gzip', `Content-Length: ${bytes.length}`));
    socket.write(bytes);
  },
  'gzip that is not gzip': json('{"items":[]}', '200 OK', 'Content-Encoding: gzip'),
  'an invalid chunk size': whole(`${head('200 OK', ...JSON_HEADERS)}zz${LINE}`),
  'a chunk size without end': endless(head('200 OK', ...JSON_HEADERS), () => '0'.repeat(1000)),
  'a negative length': whole(head('200 OK', 'Content-Length: -1')),
  'two lengths': whole(`${head('200 OK', 'Content-Length: 2', 'Content-Length: 3')}{}`),
  'a 204': (socket) => socket.write(head('204 No Content')),
  'a 205': (socket) => socket.write(head('205 Reset Content', 'Content-Length: 0')),
  'a 304': (socket) => socket.write(head('304 Not Modified', 'ETag: "1"')),
  'a 204 with a body': (socket) => socket.write(`${head('204 No Content', 'Content-Length: 2')}{}`),
  'an empty 200': json(''),
  'a redirect to itself': json('', '302 Found', 'Location: /'),
  'an invalid status': whole(head('999 Odd')),
  'a status of two digits': whole(head('20 OK')),
  'HTTP/0.9': whole('<html>hello</html>'),
  'another protocol': whole(Buffer.from('SSH-2.0-OpenSSH_9.6\r\n')),
  'random bytes': whole(Buffer.from(Array.from({ length: 500 }, (_, index) => (index * 193) % 256))),
  'the end of the connection': (socket) => socket.end(),
  'a reset': (socket) => socket.resetAndDestroy(),
  'HTML that drips': dripping(head('502 Bad Gateway', 'Content-Type: text/html'), () => '<p>'),
  'HTML without end': endless(head('502 Bad Gateway', 'Content-Type: text/html'), () => CHUNK),
  'a 401 each time': json('{}', '401 Unauthorized'),
  'a 429 that asks to try again at once': json('{}', '429 Too Many Requests', 'Retry-After: 0'),
  'a 503 that asks to try again later': json('{}', '503 Service Unavailable', 'Retry-After: 10'),
};

/** JSON bodies for lists and gets that do not have the structure of the Kubernetes API. */
export const ODD_BODIES: Readonly<Record<string, string>> = {
  null: 'null',
  'a number': '5',
  'a string': '"items"',
  'a list': '[]',
  'items that are no list': '{"kind":"PodList","items":{"length":3}}',
  'items that are nothing': '{"kind":"PodList","items":[null,5,"pod",[],{}]}',
  'a name that is a number': '{"items":[{"metadata":{"name":5,"uid":"1"}}]}',
  'a name that is an object': '{"items":[{"metadata":{"name":{"a":1},"uid":{"b":2}}}]}',
  'a status without containers': '{"items":[{"metadata":{"name":"a"},"status":{"containerStatuses":{}}}]}',
  'metadata that is text': '{"metadata":"x","items":[{"metadata":"y"}]}',
  'arrays in arrays': `{"items":[${'['.repeat(200_000)}${']'.repeat(200_000)}]}`,
};

const EMPTY_LIST = json('{"metadata":{"resourceVersion":"1"},"items":[]}');

/** Responses of a malicious API server that are valid HTTP. */
export const HARMFUL_ANSWERS: Readonly<Record<string, HostileAnswer>> = {
  ...Object.fromEntries(Object.entries(ODD_BODIES).map(([name, body]) => [name, json(body)])),
  'a list of 240 MB': (socket) => {
    let left = 80_000_000;
    socket.write(`${head('200 OK', ...JSON_HEADERS)}`);
    socket.write(chunk('{"items":['));
    const part = '{},'.repeat(20_000);
    void flood(socket, () => {
      left -= 20_000;
      if (left > 0) return chunk(part);
      socket.end();
      return `${chunk('{}]}')}0${LINE}${LINE}`;
    }).catch(() => {});
  },
  'pages without end': json(
    `{"metadata":{"continue":"more","resourceVersion":"1"},"items":[${'{"metadata":{"name":"a"}},'.repeat(500)}{}]}`,
  ),
  'a watch that adds without end': (socket, request) => {
    if (!request.includes('watch=true')) return EMPTY_LIST(socket, '');
    let count = 0;
    const event = () => {
      const metadata = { name: `pod-${count}`, uid: `${count++}`, resourceVersion: `${count}` };
      return chunk(`${JSON.stringify({ type: 'ADDED', object: { metadata } })}\n`);
    };
    socket.write(head('200 OK', ...JSON_HEADERS));
    void flood(socket, () => Buffer.concat(Array.from({ length: 100 }, event))).catch(() => {});
  },
  'a watch of one line without end': (socket, request) => {
    if (!request.includes('watch=true')) return EMPTY_LIST(socket, '');
    socket.write(head('200 OK', ...JSON_HEADERS) + chunk('{"type":"ADDED","object":{"a":"').toString());
    void flood(socket, () => chunk(CHUNK)).catch(() => {});
  },
};

/** All hostile responses by name. */
export const HOSTILE_ANSWERS: Readonly<Record<string, HostileAnswer>> = {
  ...ODD_ANSWERS,
  ...HARMFUL_ANSWERS,
};

/**
 * A server on loopback without TLS that sends the current response to every request. A connection may carry several
 * requests, one after the other. A test disposes of the server with `await using`, which also closes the connections.
 */
export class HostileServer implements AsyncDisposable {
  readonly #server: TestTcpServer;
  /** The heads of all requests. */
  readonly heads: string[] = [];
  #answer: HostileAnswer;

  private constructor(answer: HostileAnswer) {
    this.#answer = answer;
    this.#server = new TestTcpServer((socket) => void this.#serve(socket).catch(() => {}));
  }

  static async start(answer: HostileAnswer): Promise<HostileServer> {
    const server = new HostileServer(answer);
    await server.#server.listen();
    return server;
  }

  get url(): URL {
    return this.#server.url('http');
  }

  /** Sets the response for the next requests. */
  set answer(answer: HostileAnswer) {
    this.#answer = answer;
  }

  /** Resolves when the clients have closed all connections. */
  quiet(): Promise<void> {
    return this.#server.quiet();
  }

  /** Closes all open connections. */
  disconnect(): void {
    this.#server.disconnect();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#server[Symbol.asyncDispose]();
  }

  async #serve(socket: Socket): Promise<void> {
    for (;;) {
      const request = await readHead(socket);
      this.heads.push(request);
      this.#answer(socket, request);
      // `readHead` has paused the socket. A paused socket does not notice that the client ends the connection.
      socket.resume();
    }
  }
}

/** Returns a kubeconfig with one context, `hostile`, for the server at `url`. */
export function hostileKubeconfig(url: URL): string {
  return kubeconfigText({ server: url.origin }, {}, 'hostile');
}
