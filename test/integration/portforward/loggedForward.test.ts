import assert from 'node:assert/strict';
import { once } from 'node:events';
import http2, { type ClientHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { duplexPair } from 'node:stream';
import { after, beforeEach, suite, test } from 'node:test';
import { IMAGE, servePods } from '../../../src/demo/entry.ts';
import { RequestLog } from '../../../src/inspect/requestLog.ts';
import { demoClusterFor, demoForwardFor } from '../../support/demoForward.ts';
import { eventually } from '../../support/eventually.ts';
import { connectionsOf, EXPECTED_ROWS, summary } from '../../support/expectedRows.ts';
import { recordedConversations, type Step } from '../../support/tappedConversation.ts';
import { connectTo } from '../../support/tcpClient.ts';
import { temporaryFolder } from '../../support/temporaryDirectory.ts';

// Tests a forward whose request log is on. The test itself plays the program in the pod.

const log = new RequestLog();
const forwardLog = log.forward('1');
/** What the program in the pod does with a new connection. */
let serve: (connection: Socket) => void = () => {};
const podSocketPath = join(await temporaryFolder({ after }), 'pods');
const program = { accept: (connection: unknown) => serve(connection as Socket), dispose: () => {} };
const pods = await servePods(podSocketPath, { [IMAGE.web]: program });
const demo = await demoClusterFor({ after }, { podSocketPath, runtime: 'socat' });
const port = (await demoForwardFor({ after }, demo, { createTapOwner: forwardLog.open })).port();
after(() => {
  pods.close();
  log.dispose();
});

beforeEach(() => {
  log.exchanges.clear();
  forwardLog.setMode('metadata');
});

/** Waits until all logged exchanges are over. Returns the rows of the log as short texts. */
async function rows(): Promise<readonly string[]> {
  const list = () => log.exchanges.list();
  await eventually(
    () => list().every(({ durationMs }) => durationMs !== undefined),
    () => `open: ${JSON.stringify(list())}`,
  );
  return list().map(summary);
}

/** Plays the steps of both ends in turn over one connection, and checks that all bytes arrived unchanged. */
async function converse(steps: readonly Step[]): Promise<void> {
  const atPod = Promise.withResolvers<Buffer>();
  serve = (connection) => speak(connection, 'pod', steps).then(atPod.resolve, atPod.reject);
  const client = await connectTo(port);
  const [toClient, toPod] = await Promise.all([speak(client, 'client', steps), atPod.promise]);
  assert.ok(toPod.equals(said('client', steps)), 'what the pod got');
  assert.ok(toClient.equals(said('pod', steps)), 'what the client got');
}

/**
 * Plays the steps of one end of a connection. Sends each step after the earlier steps of the other end have arrived.
 * Then closes the connection, and returns all bytes that arrived.
 */
async function speak(socket: Socket, end: 'client' | 'pod', steps: readonly Step[]): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let received = 0;
  let awaited = 0;
  let next = 0;
  const go = () => {
    for (; next < steps.length; next++) {
      const { from, bytes = Buffer.alloc(0) } = steps[next] ?? {};
      if (from === end) socket.write(bytes);
      else if (received < awaited + bytes.length) return;
      else awaited += bytes.length;
    }
    // Both ends close the connection after the last step, so neither has to wait for a time limit of the other.
    socket.end();
  };
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    received += chunk.length;
    go();
  });
  socket.on('error', () => {});
  const ended = once(socket, end === 'client' ? 'end' : 'close');
  go();
  await ended;
  return Buffer.concat(chunks);
}

function said(end: 'client' | 'pod', steps: readonly Step[]): Buffer {
  return Buffer.concat(
    steps.flatMap(({ from, bytes }) => (from === end && bytes !== undefined ? [bytes] : [])),
  );
}

/** Returns steps that send these texts. Each character of a text becomes one byte. */
function steps(...texts: readonly (readonly ['client' | 'pod', string])[]): readonly Step[] {
  return texts.map(([from, text]) => ({ from, bytes: Buffer.from(text, 'latin1') }));
}

test('recorded conversations of real programs pass unchanged and have their rows', async () => {
  for (const { name, steps: recorded } of recordedConversations()) {
    log.exchanges.clear();
    for (const one of connectionsOf(recorded)) {
      if (one.some(({ bytes }) => bytes !== undefined)) await converse(one);
    }
    assert.deepEqual((await rows()).toSorted(), EXPECTED_ROWS[name]?.toSorted(), name);
  }
});

const GET = 'GET / HTTP/1.1\r\nHost: shop.test\r\n\r\n';
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const unfollowed = (reason: string) => `(logging stopped: ${reason})`;

const LARGE = `X-Large: ${'a'.repeat(1_000)}\r\n`;
/** Answers of the pod to {@link GET}: a name, the answer with escapes as in JSON, and after the arrow the log rows. */
const ODD_ANSWERS = String.raw`
a length and chunks, of which the chunks hold: HTTP/1.1 200 OK\r\nContent-Length: 90\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n => 200 0/3
a header that goes on in the next line: HTTP/1.1 200 OK\r\nX-Long: one\r\n two\r\nContent-Length: 1\r\n\r\na => 200 0/1
line feeds without carriage returns: HTTP/1.1 200 OK\nContent-Length: 3\n\nabc => 200 0/3
header names of odd letters: HTTP/1.1 200 OK\r\nX-\u00dcn\u00efcode()\u0001: \u0000\u00ff\r\nContent-Length: 1\r\n\r\na => 200 0/1
a space before a colon: HTTP/1.1 200 OK\r\nContent-Length : 1\r\n\r\na => 0/0 (logging stopped: invalid header line)
two transfer codings: HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n1\r\na\r\n0\r\n\r\n => 0/0 (logging stopped: more than one transfer coding)
a chunk whose size is no number: HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nxyz\r\nabc\r\n0\r\n\r\n => 200 0/3 (logging stopped: invalid chunk size)
a body behind 304: HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\nhello\r\n => 304 0/0 and http/1 0/0 (logging stopped: invalid HTTP/1 message)
more than was asked for: HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok => 200 0/2 and http/1 200 0/2
no head at all: <html>0.9</html>\n => 0/0 (logging stopped: invalid HTTP/1 message)
nothing:  => 0/0 (the connection ended before the response was complete)
a change to a protocol that the request does not name: HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n\u0000\u0001\n => 101 0/0 and http/1 0/0 (logging stopped: invalid HTTP/1 message)
`;
const LARGE_ANSWERS: readonly (readonly [name: string, answer: string, row: string])[] = [
  [
    'thousands of interim responses',
    'HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n'.repeat(5_000) + OK,
    '200 0/2',
  ],
  ['a head of 100 kB', `HTTP/1.1 200 OK\r\n${LARGE.repeat(100)}Content-Length: 2\r\n\r\nok`, '200 0/2'],
  [
    'a head of 1 MB',
    `HTTP/1.1 200 OK\r\n${LARGE.repeat(1_000)}\r\n`,
    `0/0 ${unfollowed('headers are too large')}`,
  ],
  ['a megabyte until the end', `HTTP/1.1 200 OK\r\n\r\n${'a'.repeat(1_000_000)}`, '200 0/1000000'],
];
const ANSWERS = [
  ...Array.from(ODD_ANSWERS.matchAll(/^(.+?): (.*) => (.+)$/gm), ([, name = '', text = '', row = '']) => {
    return [name, JSON.parse(`"${text}"`) as string, row] as const;
  }),
  ...LARGE_ANSWERS,
];

test('every line of the table is an answer', () => assert.equal(ANSWERS.length, 16));

suite('a response of a real server passes unchanged, and its row is right or has a note:', () => {
  for (const [name, answer, row] of ANSWERS) {
    test(name, async () => {
      await converse(steps(['client', GET], ['pod', answer]));
      assert.deepEqual(await rows(), `http/1 GET / ${row}`.split(' and '));
    });
  }
});

/** Unusual conversations: a name, what both ends send, and the rows of the log. */
const ODD_REQUESTS: readonly (readonly [name: string, steps: readonly Step[], rows: readonly string[]])[] = [
  [
    'a response before any request',
    steps(['pod', 'HTTP/1.1 408 Timeout\r\nConnection: close\r\n\r\n']),
    ['tcp 0/43'],
  ],
  ['a request of HTTP/0.9', steps(['client', 'GET /\r\n'], ['pod', '<html></html>']), ['tcp 7/13']],
  [
    'a pipeline of HEAD',
    steps(
      ['client', GET.replace('GET', 'HEAD').repeat(200)],
      ['pod', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n'.repeat(200)],
    ),
    Array.from({ length: 200 }, () => 'http/1 HEAD / 200 0/0'),
  ],
  [
    'an upgrade to HTTP/2 that is refused, with a body in chunks',
    steps(
      [
        'client',
        'POST /up HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nTransfer-Encoding: chunked\r\n\r\n',
      ],
      ['client', '3\r\nabc\r\n0\r\n\r\n'],
      ['pod', OK],
      ['client', GET],
      ['pod', OK],
    ),
    ['http/1 POST /up 200 3/2', 'http/1 GET / 200 0/2'],
  ],
  [
    'a tunnel',
    steps(
      ['client', 'CONNECT db:5432 HTTP/1.1\r\nHost: db\r\n\r\n'],
      ['pod', 'HTTP/1.1 200 OK\r\n\r\n'],
      ['client', '\x00\x01'],
      ['pod', 'GET'],
    ),
    ['http/1 CONNECT db:5432 200 2/3'],
  ],
  [
    'an unknown method, first',
    steps(['client', 'QUERY /a HTTP/1.1\r\nHost: a\r\n\r\n'], ['pod', OK], ['client', GET], ['pod', OK]),
    [`tcp 65/80 ${unfollowed('unknown request method QUERY')}`],
  ],
  [
    'an unknown method, later',
    steps(['client', GET], ['pod', OK], ['client', 'QUERY /a HTTP/1.1\r\nHost: a\r\n\r\n'], ['pod', OK]),
    ['http/1 GET / 200 0/2', `http/1 0/0 ${unfollowed('unknown request method QUERY')}`],
  ],
];

suite('a conversation passes unchanged, and its row is right or has a note:', () => {
  for (const [name, conversation, expected] of ODD_REQUESTS) {
    test(name, async () => {
      await converse(conversation);
      assert.deepEqual(await rows(), expected);
    });
  }

  test('the next connection after each of them is followed again', async () => {
    for (const [, conversation] of ODD_REQUESTS) {
      await converse(conversation);
      await rows();
      log.exchanges.clear();
      await converse(steps(['client', GET], ['pod', OK]));
      assert.deepEqual(await rows(), ['http/1 GET / 200 0/2']);
    }
  });
});

suite('HTTP/2 without TLS between a real client and a real server', () => {
  const server = http2.createServer();
  server.on('stream', (stream, headers) => {
    stream.resume().on('end', () => {
      const isGrpc = headers['content-type'] === 'application/grpc';
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '5' }));
      stream.respond({ ':status': 200 }, { waitForTrailers: isGrpc });
      stream.end(isGrpc ? Buffer.from([0, 0, 0, 0, 1, 7]) : 'ok');
    });
  });
  after(() => server.close());

  async function connect(): Promise<ClientHttp2Session> {
    serve = (connection) => {
      // Node's HTTP/2 server would read from the handle of the socket, and miss bytes that the socket has already read.
      const [near, far] = duplexPair();
      connection.pipe(far).pipe(connection);
      server.emit('connection', near);
    };
    const session = http2.connect(`http://127.0.0.1:${port}`);
    await once(session, 'connect');
    return session;
  }

  async function ask(
    session: ClientHttp2Session,
    headers: http2.OutgoingHttpHeaders,
    body?: Buffer,
  ): Promise<void> {
    const stream = session.request(headers, { endStream: body === undefined });
    if (body !== undefined) stream.end(body);
    stream.resume();
    await once(stream, 'close');
  }

  async function close(session: ClientHttp2Session): Promise<void> {
    session.close();
    if (!session.destroyed) await once(session, 'close');
  }

  test('has a row for each request', async () => {
    const session = await connect();
    await Promise.all([
      ask(session, { ':path': '/one?page=1' }),
      ask(session, { ':path': '/two', ':method': 'POST' }, Buffer.alloc(200_000)),
      ask(
        session,
        { ':path': '/shop.Items/Get', ':method': 'POST', 'content-type': 'application/grpc' },
        Buffer.alloc(5),
      ),
    ]);
    await close(session);
    assert.deepEqual((await rows()).toSorted(), [
      'grpc POST /shop.Items/Get 200 grpc 5 5/6',
      'http/2 GET /one 200 0/2',
      'http/2 POST /two 200 200000/2',
    ]);
    assert.deepEqual(log.exchanges.list()[0]?.queryNames, ['page']);
  });

  test('that was open before its log is one row with the reason, and the next connection has its rows', async () => {
    forwardLog.setMode('off');
    const session = await connect();
    await ask(session, { ':path': '/before' });
    forwardLog.setMode('metadata');
    await ask(session, { ':path': '/after', ':method': 'POST' }, Buffer.alloc(200_000));
    const [row, ...others] = log.exchanges.list();
    assert.deepEqual([row?.protocol, others], ['http/2', []]);
    assert.match(row?.note ?? '', /HTTP\/2 requests are shown for new connections only/);
    const next = await connect();
    await ask(next, { ':path': '/next' });
    await close(next);
    await close(session);
    assert.equal((await rows()).at(-1), 'http/2 GET /next 200 0/2');
  });
});
