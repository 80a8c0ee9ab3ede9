import { once } from 'node:events';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import tls from 'node:tls';
import type { DemoCluster, DemoUserName } from '../../../src/demo/entry.ts';
import { SpdyConnection } from '../../../src/spdy/connection.ts';
import type { SpdyStream } from '../../../src/spdy/stream.ts';
import { handshakeHeaders } from '../../../src/websocket/handshake.ts';
import { WebSocketStream } from '../../../src/websocket/webSocketStream.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** The body, parsed. */
  json<T>(): T;
}

export interface RequestOptions {
  readonly method?: string;
  readonly user?: DemoUserName;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/** Sends one request to the API on a separate connection. */
export async function request(
  cluster: DemoCluster,
  path: string,
  options: RequestOptions = {},
): Promise<Answer> {
  const message = https.request(urlOf(cluster, path), {
    method: options.method ?? 'GET',
    ca: cluster.certificateAuthority,
    agent: false,
    headers: headersOf(cluster, options),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  message.end(options.body === undefined ? undefined : JSON.stringify(options.body));
  const [response] = (await once(message, 'response')) as [import('node:http').IncomingMessage];
  // If the connection is reset after the answer has begun, the request emits an error. This error may be ignored,
  // because the response fails too.
  message.on('error', () => {});
  const text = Buffer.concat(await response.toArray()).toString();
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    text,
    json: <T>() => JSON.parse(text) as T,
  };
}

/** A running watch with its events in order. */
export interface TestWatch extends AsyncDisposable {
  next(): Promise<WatchEvent>;
  /** Reads events until one matches, and returns it. */
  until(fits: (event: WatchEvent) => boolean): Promise<WatchEvent>;
  /** Resolves when the server has ended the watch, and drops unread events. */
  ended(): Promise<void>;
}

export interface WatchEvent {
  readonly type: string;
  // biome-ignore lint/suspicious/noExplicitAny: an object of any kind, picked apart by the test
  readonly object: any;
}

/** Starts a watch; `path` contains the whole query. */
export async function watch(
  cluster: DemoCluster,
  path: string,
  options: RequestOptions = {},
): Promise<TestWatch> {
  const message = https.get(urlOf(cluster, path), {
    ca: cluster.certificateAuthority,
    agent: false,
    headers: headersOf(cluster, options),
  });
  const [response] = (await once(message, 'response')) as [import('node:http').IncomingMessage];
  const closed = new Promise<void>((resolve) => response.once('close', resolve));
  message.on('error', () => {});
  response.on('error', () => {});
  const lines = readLines(response);
  const next = async (): Promise<WatchEvent> => {
    const { value, done } = await lines.next();
    if (done) throw new Error('the watch has ended');
    return JSON.parse(value) as WatchEvent;
  };
  return {
    next,
    async until(fits) {
      for (;;) {
        const event = await next();
        if (fits(event)) return event;
      }
    },
    async ended() {
      response.resume();
      await closed;
    },
    async [Symbol.asyncDispose]() {
      message.destroy();
      await closed;
    },
  };
}

async function* readLines(stream: AsyncIterable<Buffer>): AsyncGenerator<string, void> {
  let rest = '';
  for await (const chunk of stream) {
    const lines = (rest + chunk.toString()).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}

/** The answer to an upgrade request. The caller must close the socket. */
export interface UpgradeAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly socket: Duplex;
  /** The body of the answer if the upgrade was refused, otherwise empty. */
  readonly body: string;
}

export interface UpgradeOptions {
  readonly transport: 'spdy' | 'websocket' | 'channel';
  readonly pod: string;
  readonly namespace?: string;
  readonly query?: string;
  readonly user?: DemoUserName;
  readonly signal?: AbortSignal;
}

const SUBPROTOCOL = { websocket: 'SPDY/3.1+portforward.k8s.io', channel: 'v4.channel.k8s.io' };

/** Sends an upgrade request for a port forward. Returns the answer, even if the server refuses the upgrade. */
export async function upgrade(cluster: DemoCluster, options: UpgradeOptions): Promise<UpgradeAnswer> {
  const { transport, pod, namespace = 'demo', query = '', user } = options;
  const socket = tls.connect({
    host: '127.0.0.1',
    port: Number(cluster.server.port),
    ca: cluster.certificateAuthority,
    allowHalfOpen: true,
  } as tls.ConnectionOptions);
  socket.on('error', () => {});
  await once(socket, 'secureConnect');
  const own =
    transport === 'spdy'
      ? { Upgrade: 'SPDY/3.1', 'X-Stream-Protocol-Version': 'portforward.k8s.io' }
      : { Upgrade: 'websocket', ...handshakeHeaders([SUBPROTOCOL[transport]]) };
  const message = https.request(
    urlOf(cluster, `/api/v1/namespaces/${namespace}/pods/${pod}/portforward${query}`),
    {
      method: transport === 'spdy' ? 'POST' : 'GET',
      createConnection: () => socket,
      headers: { ...headersOf(cluster, user === undefined ? {} : { user }), Connection: 'Upgrade', ...own },
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    },
  );
  message.end();
  return await new Promise((resolve, reject) => {
    message.once('error', reject);
    message.once('upgrade', (response, upgraded, head) => {
      if (head.length > 0) upgraded.unshift(head);
      resolve({ status: response.statusCode ?? 0, headers: response.headers, socket: upgraded, body: '' });
    });
    message.once('response', (response) => {
      response.toArray().then((chunks) => {
        const body = Buffer.concat(chunks).toString();
        resolve({ status: response.statusCode ?? 0, headers: response.headers, socket, body });
      }, reject);
    });
  });
}

/** A connection through a {@link TestTunnel}, at the client's end. */
export interface TestConnection {
  readonly data: SpdyStream;
  readonly error: SpdyStream;
  /** The text of the error stream once it has ended. */
  readonly errorText: Promise<string>;
}

/** A SPDY tunnel to a pod, directly or through a WebSocket. */
export class TestTunnel implements Disposable {
  readonly spdy: SpdyConnection;
  readonly socket: Duplex;
  #requestId = 0;

  constructor(socket: Duplex, transport: 'spdy' | 'websocket') {
    this.socket = socket;
    const bytes =
      transport === 'spdy' ? socket : new WebSocketStream(socket, { role: 'client', masking: 'random' });
    this.spdy = new SpdyConnection(bytes, { role: 'client' });
  }

  static async open(
    cluster: DemoCluster,
    options: UpgradeOptions & { readonly transport: 'spdy' | 'websocket' },
  ): Promise<TestTunnel> {
    const answer = await upgrade(cluster, options);
    if (answer.status !== 101) throw new Error(`refused: ${answer.status} ${answer.body}`);
    return new TestTunnel(answer.socket, options.transport);
  }

  connect(port: number): TestConnection {
    const common = { port: String(port), requestid: String(this.#requestId++) };
    const error = this.spdy.openStream({ streamtype: 'error', ...common });
    error.end();
    const errorText = error.toArray().then(
      (chunks) => Buffer.concat(chunks).toString(),
      (reason: Error) => `failed: ${reason.message}`,
    );
    const data = this.spdy.openStream({ streamtype: 'data', ...common });
    return { data, error, errorText };
  }

  [Symbol.dispose](): void {
    this.spdy.destroy();
    this.socket.destroy();
  }
}

function urlOf(cluster: DemoCluster, path: string): URL {
  return new URL(cluster.server.href.replace(/\/$/, '') + path);
}

function headersOf(cluster: DemoCluster, options: RequestOptions): Record<string, string> {
  return {
    authorization: `Bearer ${cluster.token(options.user ?? 'demo-admin')}`,
    'user-agent': 'demo-test',
    ...options.headers,
  };
}
