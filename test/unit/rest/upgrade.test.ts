import assert from 'node:assert/strict';
import { getEventListeners, once } from 'node:events';
import type { Socket } from 'node:net';
import { suite, test } from 'node:test';
import { inspect } from 'node:util';
import { CodedError, type ErrorCode } from '../../../src/base/errors.ts';
import { USER_AGENT } from '../../../src/rest/headers.ts';
import type { RestConfig } from '../../../src/rest/restConfig.ts';
import { StatusError } from '../../../src/rest/statusError.ts';
import { type UpgradeRequest, upgrade } from '../../../src/rest/upgrade.ts';
import { apiFixtureText } from '../../support/apiFixture.ts';
import { coded, rejection } from '../../support/coded.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { never } from '../../support/never.ts';
import { FakeCredentials, restConfigFor } from '../../support/restConfig.ts';
import { TestTcpServer } from '../../support/tcpServer.ts';
import { testAuthority } from '../../support/testCertificates.ts';

const reason = new Error('enough');
const PATH = '/api/v1/namespaces/demo/pods/echo/portforward';
const SWITCHING = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n';

function request(more: Partial<UpgradeRequest> = {}): UpgradeRequest {
  return { method: 'POST', path: PATH, protocol: 'SPDY/3.1', headers: {}, timeoutMs: 5_000, ...more };
}

/** Starts a server that answers each request's head with the next of `answers`. Repeats the last answer. */
function startServer(...answers: (string | ((socket: Socket) => void))[]): Promise<TestTcpServer> {
  return TestTcpServer.answering((_head, socket, index) => {
    const answer = answers[Math.min(index, answers.length - 1)];
    if (typeof answer === 'function') answer(socket);
    else if (answer !== undefined) socket.write(answer);
  });
}

function answer(status: string, body = '', type = 'application/json'): string {
  const length = Buffer.byteLength(body);
  return `HTTP/1.1 ${status}\r\nContent-Type: ${type}\r\nContent-Length: ${length}\r\n\r\n${body}`;
}

/** Expects this failure of the upgrade, and no socket, timer or subscription left. */
async function failure(
  server: TestTcpServer,
  code: ErrorCode,
  { config = {}, ...more }: Partial<UpgradeRequest> & { readonly config?: Partial<RestConfig> } = {},
): Promise<CodedError> {
  const clock = new FakeClock();
  const { signal } = new AbortController();
  const upgrading = upgrade(restConfigFor(server.url('http'), config), request({ clock, ...more }), signal);
  const error = await rejection(upgrading, code);
  await server.quiet();
  assert.equal(clock.pending, 0);
  assert.deepEqual(getEventListeners(signal, 'abort'), []);
  return error;
}

suite('an accepted upgrade', () => {
  test('is a POST without a body, below the path prefix, with user and protocol', async () => {
    await using server = await startServer(`${SWITCHING}X-Stream-Protocol-Version: v\r\n\r\n`);
    const url = new URL('/k8s/clusters/c-1/', server.url('http'));
    const config = restConfigFor(url, {
      credentials: new FakeCredentials({ authorization: 'Bearer abc' }),
      impersonate: { user: 'jürgen', groups: ['a', 'b'], uid: '7', extra: { 'acme.com/x': ['1'] } },
    });
    const clock = new FakeClock();
    const headers = { 'X-Stream-Protocol-Version': 'portforward.k8s.io' };
    const { signal } = new AbortController();
    const upgraded = await upgrade(config, request({ headers, clock }), signal);
    assert.equal(upgraded.headers['x-stream-protocol-version'], 'v');
    assert.equal(upgraded.headers.upgrade, 'SPDY/3.1');
    const [first, ...lines] = server.asked[0]?.split('\r\n') ?? [];
    assert.equal(first, `POST /k8s/clusters/c-1${PATH} HTTP/1.1`);
    assert.deepEqual(lines.toSorted(), [
      'Authorization: Bearer abc',
      'Connection: Upgrade',
      'Content-Length: 0',
      `Host: 127.0.0.1:${server.port}`,
      'Impersonate-Extra-acme.com%2Fx: 1',
      'Impersonate-Group: a',
      'Impersonate-Group: b',
      'Impersonate-Uid: 7',
      `Impersonate-User: ${Buffer.from('jürgen').toString('latin1')}`,
      'Upgrade: SPDY/3.1',
      `User-Agent: ${USER_AGENT}`,
      'X-Stream-Protocol-Version: portforward.k8s.io',
    ]);
    assert.equal(clock.pending, 0);
    assert.deepEqual(getEventListeners(signal, 'abort'), []);
    upgraded.socket.destroy();
  });

  test('by GET has no length', async () => {
    await using server = await startServer(`${SWITCHING}\r\n`);
    const config = restConfigFor(server.url('http'));
    const { socket } = await upgrade(config, request({ method: 'GET', path: '/x?ports=80' }), never);
    assert.match(server.asked[0] ?? '', /^GET \/x\?ports=80 HTTP\/1\.1\r\n/);
    assert.doesNotMatch(server.asked[0] ?? '', /Content-Length/);
    socket.destroy();
  });

  test('keeps bytes right behind the 101, also before a hang-up', async () => {
    for (const end of [false, true]) {
      const server = await startServer((socket) => {
        socket.write(`${SWITCHING}\r\nfirst `);
        setImmediate(() => socket.write('second'));
        if (end) setImmediate(() => socket.end());
      });
      await using _ = server;
      const { socket } = await upgrade(restConfigFor(server.url('http')), request(), never);
      let text = '';
      while (text !== 'first second') {
        text += (await once(socket, 'data'))[0];
      }
      if (end) await once(socket, 'end');
      socket.destroy();
    }
  });

  test('gives a socket for both directions, over TLS too', async () => {
    const authority = await testAuthority();
    const { certificate, key } = await authority.issueServer([], ['127.0.0.1']);
    const echo = (_head: string, socket: Socket) => {
      socket.write(`${SWITCHING}\r\n`);
      socket.pipe(socket);
    };
    await using server = await TestTcpServer.answering(echo, { cert: certificate, key });
    const config = restConfigFor(server.url('https'), {
      tls: { certificateAuthority: authority.certificate },
    });
    const abort = new AbortController();
    const { socket } = await upgrade(config, request(), abort.signal);
    abort.abort(reason);
    socket.write('ping');
    assert.equal(String((await once(socket, 'data'))[0]), 'ping');
    socket.destroy();
  });
});

suite('a refused upgrade', () => {
  test('with 401 renews the credentials once', async () => {
    await using server = await startServer(answer('401 Unauthorized'), `${SWITCHING}\r\n`);
    const credentials = new FakeCredentials({ authorization: 'old' }, { authorization: 'new' });
    const config = restConfigFor(server.url('http'), { credentials });
    const { socket } = await upgrade(config, request(), never);
    assert.deepEqual(
      server.asked.map((head) => /Authorization: (\w+)/.exec(head)?.[1]),
      ['old', 'new'],
    );
    assert.deepEqual(credentials.refused, [{ authorization: 'old' }]);
    socket.destroy();
    await server.quiet();
  });

  test('with a second 401 is not tried again', async () => {
    await using server = await startServer(answer('401 Unauthorized', '{"kind":"Status"}'));
    const credentials = new FakeCredentials({ authorization: 'old' }, { authorization: 'new' }, {});
    const error = await failure(server, 'UNAUTHORIZED', { config: { credentials } });
    assert.equal(server.asked.length, 2);
    assert.match(error.message, /"tester"/);
  });

  test('with 401 is not tried again without better credentials', async () => {
    await using server = await startServer(answer('401 Unauthorized'));
    await failure(server, 'UNAUTHORIZED');
    assert.equal(server.asked.length, 1);
  });

  test('with 403 names the verb: create for a POST, get for a GET, and create too on new servers', async () => {
    const status = (message: string) => JSON.stringify({ kind: 'Status', code: 403, message });
    await using server = await startServer(answer('403 Forbidden', status('RBAC says no')));
    const post = await failure(server, 'FORBIDDEN');
    assert.equal(post.arguments['verb'], 'create');
    assert.equal(post.arguments['namespace'], 'demo');
    assert.match(post.message, /RBAC says no/);
    const get = await failure(server, 'FORBIDDEN', { method: 'GET' });
    assert.equal(get.arguments['verb'], 'get');
    await using newer = await startServer(
      answer('403 Forbidden', apiFixtureText('forbidden-websocket-getonly-1.36.json')),
    );
    const error = await failure(newer, 'FORBIDDEN', { method: 'GET' });
    assert.equal(error.arguments['verb'], 'create');
    assert.match(error.message, /verbs: \["create"\]/);
  });

  test('with 404 and a Status about pods means that the pod is missing', async () => {
    await using server = await startServer(answer('404 Not Found', apiFixtureText('notfound-pod.json')));
    const error = await failure(server, 'POD_NOT_FOUND');
    assert.equal(error.message, 'pod "nope" not found in namespace "demo": check the name and -n');
    assert.ok(error instanceof StatusError && error.status.code === 404);
  });

  test("with another 404 is the transport's fault, not the pod's", async () => {
    await using server = await startServer(answer('404 Not Found', '<html>no such page</html>', 'text/html'));
    const error = await failure(server, 'UPGRADE_REFUSED');
    assert.match(error.message, /404: Not Found/);
  });

  for (const status of [
    '200 OK',
    '301 Moved Permanently',
    '400 Bad Request',
    '426 Upgrade Required',
    '429 Too Many Requests',
    '500 Internal Server Error',
    '502 Bad Gateway',
    '503 Service Unavailable',
  ]) {
    test(`with ${status} has the reason of the body, else of the status line`, async () => {
      const code = Number(status.slice(0, 3));
      await using server = await startServer(
        answer(status, '{"kind":"Status","message":"because"}'),
        answer(status, '<html></html>', 'text/html'),
        answer(status, 'no backend\nmore of it', 'text/plain; charset=utf-8'),
      );
      for (const expected of ['because', status.slice(4), 'no backend']) {
        const error = await failure(server, 'UPGRADE_REFUSED');
        assert.equal(error.arguments['reason'], expected);
        assert.equal(error.arguments['status'], code);
        assert.equal(error.arguments['transport'], 'SPDY/3.1');
        assert.ok(error instanceof StatusError && error.status.code === code);
      }
    });
  }

  test('with a body of more than 64 KiB is not read to its end', async () => {
    const server = await startServer((socket) => {
      socket.write('HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\n\r\ntoo much\n');
      const more = () => {
        while (socket.writable && socket.write(Buffer.alloc(16 * 1024, 'x'))) {}
      };
      socket.on('drain', more);
      more();
    });
    await using _ = server;
    const error = await failure(server, 'UPGRADE_REFUSED');
    assert.equal(error.arguments['reason'], 'too much');
  });

  test('with an endless body is cut off at the time limit', async () => {
    const clock = new FakeClock();
    await using server = await startServer(answer('400 Bad Request').replace('Length: 0', 'Length: 10'));
    const upgrading = upgrade(restConfigFor(server.url('http')), request({ clock }), never);
    const rejected = assert.rejects(upgrading, coded('UPGRADE_REFUSED', { status: 400 }));
    await untilTimer(clock, 3);
    clock.advance(5_000);
    await rejected;
    await server.quiet();
    assert.equal(clock.pending, 0);
  });

  test('is a hang-up without an answer', async () => {
    for (const hangUp of [(socket: Socket) => socket.end(), (socket: Socket) => socket.resetAndDestroy()]) {
      await using server = await startServer(hangUp);
      const error = await failure(server, 'UPGRADE_REFUSED');
      assert.match(error.message, /no response: /);
      assert.ok(!(error instanceof StatusError));
    }
  });

  test('is garbage without an answer', async () => {
    await using server = await startServer((socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n'));
    await failure(server, 'UPGRADE_REFUSED');
  });

  test('is an echo without an answer, and its error contains no credentials', async () => {
    await using server = await TestTcpServer.start((socket) => {
      socket.pipe(socket);
    });
    const credentials = new FakeCredentials({ authorization: 'Bearer sesame-open' });
    const error = await failure(server, 'UPGRADE_REFUSED', { config: { credentials } });
    const everything = inspect(error, { depth: Infinity, showHidden: true, maxArrayLength: Infinity });
    assert.ok(!everything.includes('sesame'));
    assert.ok(
      !everything.includes(
        Buffer.from('sesame')
          .toString('hex')
          .replace(/..(?!$)/g, '$& '),
      ),
    );
    assert.ok(error.cause instanceof Error && !('rawPacket' in error.cause));
  });

  test('is silence after the time limit', async () => {
    const clock = new FakeClock();
    await using server = await startServer();
    const upgrading = upgrade(restConfigFor(server.url('http')), request({ clock }), never);
    const rejected = assert.rejects(upgrading, coded('UPGRADE_REFUSED', /no response: timed out after 5 s/));
    await once(await server.connection(), 'data');
    clock.advance(4_999);
    assert.equal(clock.pending, 1);
    clock.advance(1);
    await rejected;
    await server.quiet();
    assert.equal(clock.pending, 0);
  });

  test('is a TLS error if a server wants a client certificate after the handshake', async () => {
    const authority = await testAuthority();
    const { certificate, key } = await authority.issueServer([], ['127.0.0.1']);
    await using server = await TestTcpServer.start(() => {}, {
      cert: certificate,
      key,
      ca: authority.certificate,
      requestCert: true,
      rejectUnauthorized: true,
      minVersion: 'TLSv1.3',
    });
    const config = restConfigFor(server.url('https'), {
      tls: { certificateAuthority: authority.certificate },
    });
    await assert.rejects(upgrade(config, request(), never), coded('TLS', /certificate required/));
    await server.quiet();
  });
});

suite('credentials', () => {
  test('that fail end the upgrade before a connection', async () => {
    await using server = await startServer();
    const failed = new CodedError('CREDENTIALS_FAILED', { user: 'tester', reason: 'no' });
    const config = restConfigFor(server.url('http'), {
      credentials: { user: 'tester', get: () => Promise.reject(failed), invalidate: () => false },
    });
    await assert.rejects(upgrade(config, request(), never), failed);
    assert.equal(server.accepted, 0);
  });

  test('that no header can carry are reported without their value, and leave no socket', async () => {
    await using server = await startServer();
    const credentials = new FakeCredentials({ authorization: 'Bearer secret\r\nX-Evil: 1' });
    const error = await failure(server, 'CREDENTIALS_FAILED', { config: { credentials } });
    assert.doesNotMatch(`${error.message} ${String(error.cause)}`, /secret/);
  });
});

suite('an abort', () => {
  const cases: [string, (socket: Socket) => void][] = [
    ['while there is no answer', () => {}],
    ["in the middle of an answer's head", (socket) => socket.write('HTTP/1.1 101 Swi')],
    [
      "in the middle of a refusal's body",
      (socket) => socket.write(answer('403 Forbidden', 'x').replace('Length: 1', 'Length: 10')),
    ],
  ];
  for (const [name, act] of cases) {
    test(name, async () => {
      const clock = new FakeClock();
      const abort = new AbortController();
      await using server = await startServer(act);
      const upgrading = upgrade(restConfigFor(server.url('http')), request({ clock }), abort.signal);
      const rejected = assert.rejects(upgrading, reason);
      await once(await server.connection(), 'data');
      // Waits for the third timer, which shows that the client is reading the body of the refusal.
      if (name.includes('refusal')) await untilTimer(clock, 3);
      abort.abort(reason);
      await rejected;
      await server.quiet();
      assert.equal(clock.pending, 0);
      assert.deepEqual(getEventListeners(abort.signal, 'abort'), []);
    });
  }

  test('right after the connection ends the upgrade', async () => {
    const abort = new AbortController();
    await using server = await startServer();
    const clock = new FakeClock();
    const { setTimer } = clock;
    // The upgrade starts its timer of 5 s after it has connected, right before it sends the request.
    clock.setTimer = (delayMs, callback) => {
      if (delayMs === 5_000) abort.abort(reason);
      return setTimer.call(clock, delayMs, callback);
    };
    await assert.rejects(
      upgrade(restConfigFor(server.url('http')), request({ clock }), abort.signal),
      reason,
    );
    await server.quiet();
    assert.equal(clock.pending, 0);
  });

  test('during the second sign-in ends the upgrade', async () => {
    const abort = new AbortController();
    await using server = await startServer(answer('401 Unauthorized'));
    let asked = 0;
    const config = restConfigFor(server.url('http'), {
      credentials: {
        user: 'tester',
        get(signal) {
          if (asked++ === 0) return Promise.resolve({});
          abort.abort(reason);
          return Promise.reject(signal.reason);
        },
        invalidate: () => true,
      },
    });
    await assert.rejects(upgrade(config, request(), abort.signal), reason);
    await server.quiet();
    assert.equal(asked, 2);
  });
});

/** Waits until this many timers have been set, expired ones included. */
async function untilTimer(clock: FakeClock, count: number): Promise<void> {
  while (clock.started < count) await new Promise((resolve) => setImmediate(resolve));
}
