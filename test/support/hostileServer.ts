import { once } from 'node:events';
import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { kubeconfigText } from './kubeconfigText.ts';
import { readHead, TestTcpServer } from './tcpServer.ts';

/** Answers one request on its connection, after the head was read. An endless answer stops when the connection closes. */
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

/** Writes while the connection is open, as fast as it accepts bytes. */
async function flood(socket: Socket, next: () => Buffer | string): Promise<void> {
  const closed = new Promise((resolve) => socket.once('close', resolve));
  while (!socket.destroyed) {
    if (socket.write(next())) await new Promise((resolve) => setImmediate(resolve));
    else await Promise.race([once(socket, 'drain'), closed]);
  }
}

/** Writes a little now and then while the connection is open. */
function drip(socket: Socket, next: () => Buffer | string): void {
  const timer = setInterval(() => socket.write(next()), DRIP_MS);
  socket.once('close', () => clearInterval(timer));
}

const whole =
  (text: string | Buffer): HostileAnswer =>
  (socket) => {
    socket.end(text);
  };

/** Returns a body in one piece with correct headers. */
function json(body: string, status = '200 OK', ...headers: readonly string[]): HostileAnswer {
  const length = `Content-Length: ${Buffer.byteLength(body)}`;
  return (socket) => socket.write(head(status, 'Content-Type: application/json', length, ...headers) + body);
}

/** Returns an endless answer after a head. */
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

/** Answers that violate HTTP, or obey it and never end. */
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

/** JSON of other shapes than the API's, for lists and gets. */
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

/** Answers of a malicious API server in valid HTTP. */
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
    if (!request.includes('watch=true'))
      return json('{"metadata":{"resourceVersion":"1"},"items":[]}')(socket, '');
    let count = 0;
    const event = () => {
      const metadata = { name: `pod-${count}`, uid: `${count++}`, resourceVersion: `${count}` };
      return chunk(`${JSON.stringify({ type: 'ADDED', object: { metadata } })}\n`);
    };
    socket.write(head('200 OK', ...JSON_HEADERS));
    void flood(socket, () => Buffer.concat(Array.from({ length: 100 }, event))).catch(() => {});
  },
  'a watch of one line without end': (socket, request) => {
    if (!request.includes('watch=true'))
      return json('{"metadata":{"resourceVersion":"1"},"items":[]}')(socket, '');
    socket.write(head('200 OK', ...JSON_HEADERS) + chunk('{"type":"ADDED","object":{"a":"').toString());
    void flood(socket, () => chunk(CHUNK)).catch(() => {});
  },
};

/** All hostile answers by name. */
export const HOSTILE_ANSWERS: Readonly<Record<string, HostileAnswer>> = {
  ...ODD_ANSWERS,
  ...HARMFUL_ANSWERS,
};

/**
 * A server on loopback without TLS that gives every request the current answer, one after the other on a connection. Ended with
 * all its connections by `await using`.
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

  /** Sets the answer from the next request on. */
  set answer(answer: HostileAnswer) {
    this.#answer = answer;
  }

  /** Resolves when the other side has ended every connection. */
  quiet(): Promise<void> {
    return this.#server.quiet();
  }

  /** Ends every open connection. */
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
      // The reader of the head paused the socket, which would hide its end.
      socket.resume();
    }
  }
}

/** A kubeconfig whose only context, `hostile`, leads to the server. */
export function hostileKubeconfig(url: URL): string {
  return kubeconfigText({ server: url.origin }, {}, 'hostile');
}
