import assert from 'node:assert/strict';
import { getEventListeners, once } from 'node:events';
import type { Socket } from 'node:net';
import { suite, test } from 'node:test';
import { inspect } from 'node:util';
import { CodedError, type ErrorCode, isCoded } from '../../../src/base/errors.ts';
import { USER_AGENT } from '../../../src/rest/headers.ts';
import type { RestConfig } from '../../../src/rest/restConfig.ts';
import { StatusError } from '../../../src/rest/statusError.ts';
import { type UpgradeRequest, upgrade } from '../../../src/rest/upgrade.ts';
import { apiFixtureText } from '../../support/apiFixture.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { FakeCredentials, restConfigFor } from '../../support/restConfig.ts';
import { readHead, TestTcpServer } from '../../support/tcpServer.ts';
import { testAuthority } from '../../support/testCertificates.ts';

const never = new AbortController().signal;
const reason = new Error('enough');
const PATH = '/api/v1/namespaces/demo/pods/echo/portforward';
const SWITCHING = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n';

function request(more: Partial<UpgradeRequest> = {}): UpgradeRequest {
  return { method: 'POST', path: PATH, protocol: 'SPDY/3.1', headers: {}, timeoutMs: 5_000, ...more };
}

/** A server that reads a request's head and then says what it is told; `heads` are what it read. */
async function startServer(
  ...answers: (string | ((socket: Socket) => void))[]
): Promise<{ readonly server: TestTcpServer; readonly heads: string[] }> {
  const heads: string[] = [];
  const server = await TestTcpServer.start((socket, index) => {
    readHead(socket).then(
      (head) => {
        heads.push(head);
        const answer = answers[Math.min(index, answers.length - 1)];
        if (typeof answer === 'function') answer(socket);
        else if (answer !== undefined) socket.write(answer);
      },
      () => {},
    );
  });
  return { server, heads };
}

function answer(status: string, body = '', type = 'application/json'): string {
  const length = Buffer.byteLength(body);
  return `HTTP/1.1 ${status}\r\nContent-Type: ${type}\r\nContent-Length: ${length}\r\n\r\n${body}`;
}

/** Expects that the upgrade fails that way, and that no socket, timer or subscription is left. */
async function failure(
  server: TestTcpServer,
  code: ErrorCode,
  { config = {}, ...more }: Partial<UpgradeRequest> & { readonly config?: Partial<RestConfig> } = {},
): Promise<CodedError> {
  const clock = new FakeClock();
  const { signal } = new AbortController();
  const upgrading = upgrade(restConfigFor(server.url('http'), config), request({ clock, ...more }), signal);
  const error = await upgrading.catch((rejection: unknown) => rejection);
  assert.ok(isCoded(error, code), String(error));
  await server.quiet();
  assert.equal(clock.pending, 0);
  assert.deepEqual(getEventListeners(signal, 'abort'), []);
  return error;
}

suite('agreed', () => {
  test('the request is a POST without a body, below the path prefix, by whom and with what', async () => {
    const { server, heads } = await startServer(`${SWITCHING}X-Stream-Protocol-Version: v\r\n\r\n`);
    await using _ = server;
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
    const [first, ...lines] = heads[0]?.split('\r\n') ?? [];
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

  test('a GET has no length', async () => {
    const { server, heads } = await startServer(`${SWITCHING}\r\n`);
    await using _ = server;
    const config = restConfigFor(server.url('http'));
    const { socket } = await upgrade(config, request({ method: 'GET', path: '/x?ports=80' }), never);
    assert.match(heads[0] ?? '', /^GET \/x\?ports=80 HTTP\/1\.1\r\n/);
    assert.doesNotMatch(heads[0] ?? '', /Content-Length/);
    socket.destroy();
  });

  test('bytes right behind the 101 are not lost, with a hang-up behind them neither', async () => {
    for (const end of [false, true]) {
      const { server } = await startServer((socket) => {
        socket.write(`${SWITCHING}\r\nfirst `);
        setImmediate(() => socket.write('second'));
        if (end) setImmediate(() => socket.end());
      });
      await using _ = server;
      const { socket } = await upgrade(restConfigFor(server.url('http')), request(), never);
      let text = '';
      while (text !== 'first second') {
        const [chunk] = (await once(socket, 'data')) as [Buffer];
        text += chunk.toString();
      }
      if (end) await once(socket, 'end');
      socket.destroy();
    }
  });

  test('the socket goes both ways, over TLS too', async () => {
    const authority = await testAuthority();
    const { certificate, key } = await authority.issueServer([], ['127.0.0.1']);
    await using server = await TestTcpServer.start(
      (socket) => {
        const echo = () => {
          socket.write(`${SWITCHING}\r\n`);
          socket.pipe(socket);
        };
        readHead(socket).then(echo, () => {});
      },
      { cert: certificate, key },
    );
    const config = restConfigFor(server.url('https'), {
      tls: { certificateAuthority: authority.certificate },
    });
    const abort = new AbortController();
    const { socket } = await upgrade(config, request(), abort.signal);
    abort.abort(reason);
    socket.write('ping');
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    assert.equal(chunk.toString(), 'ping');
    socket.destroy();
  });
});

suite('refused', () => {
  test('401: the credentials run once more', async () => {
    const { server, heads } = await startServer(answer('401 Unauthorized'), `${SWITCHING}\r\n`);
    await using _ = server;
    const credentials = new FakeCredentials({ authorization: 'old' }, { authorization: 'new' });
    const config = restConfigFor(server.url('http'), { credentials });
    const { socket } = await upgrade(config, request(), never);
    assert.deepEqual(
      heads.map((head) => /Authorization: (\w+)/.exec(head)?.[1]),
      ['old', 'new'],
    );
    assert.deepEqual(credentials.refused, [{ authorization: 'old' }]);
    socket.destroy();
    await server.quiet();
  });

  test('401 again: no third try', async () => {
    const { server, heads } = await startServer(answer('401 Unauthorized', '{"kind":"Status"}'));
    await using _ = server;
    const credentials = new FakeCredentials({ authorization: 'old' }, { authorization: 'new' }, {});
    const error = await failure(server, 'UNAUTHORIZED', { config: { credentials } });
    assert.equal(heads.length, 2);
    assert.match(error.message, /"tester"/);
  });

  test('401 where no better credentials are to be had: no second try', async () => {
    const { server, heads } = await startServer(answer('401 Unauthorized'));
    await using _ = server;
    await failure(server, 'UNAUTHORIZED');
    assert.equal(heads.length, 1);
  });

  test('403 names the verb: a POST creates, a GET gets, and on new servers creates as well', async () => {
    const status = (message: string) => JSON.stringify({ kind: 'Status', code: 403, message });
    const { server } = await startServer(answer('403 Forbidden', status('RBAC says no')));
    await using _ = server;
    const post = await failure(server, 'FORBIDDEN');
    assert.equal(post.arguments['verb'], 'create');
    assert.equal(post.arguments['namespace'], 'demo');
    assert.match(post.message, /RBAC says no/);
    const get = await failure(server, 'FORBIDDEN', { method: 'GET' });
    assert.equal(get.arguments['verb'], 'get');
    const newer = await startServer(
      answer('403 Forbidden', apiFixtureText('forbidden-websocket-getonly-1.36.json')),
    );
    await using __ = newer.server;
    const error = await failure(newer.server, 'FORBIDDEN', { method: 'GET' });
    assert.equal(error.arguments['verb'], 'create');
    assert.match(error.message, /verbs: \["create"\]/);
  });

  test('404 with a Status about pods: the pod is not there', async () => {
    const { server } = await startServer(answer('404 Not Found', apiFixtureText('notfound-pod.json')));
    await using _ = server;
    const error = await failure(server, 'POD_NOT_FOUND');
    assert.equal(error.message, 'pod "nope" not found in namespace "demo": check the name and -n');
    assert.ok(error instanceof StatusError && error.status.code === 404);
  });

  test("any other 404 is the way's fault, not the pod's", async () => {
    const { server } = await startServer(answer('404 Not Found', '<html>no such page</html>', 'text/html'));
    await using _ = server;
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
    test(`${status}: the reason is the body's, else the status line's`, async () => {
      const code = Number(status.slice(0, 3));
      const { server } = await startServer(
        answer(status, '{"kind":"Status","message":"because"}'),
        answer(status, '<html></html>', 'text/html'),
        answer(status, 'no backend\nmore of it', 'text/plain; charset=utf-8'),
      );
      await using _ = server;
      for (const expected of ['because', status.slice(4), 'no backend']) {
        const error = await failure(server, 'UPGRADE_REFUSED');
        assert.equal(error.arguments['reason'], expected);
        assert.equal(error.arguments['status'], code);
        assert.equal(error.arguments['transport'], 'SPDY/3.1');
        assert.ok(error instanceof StatusError && error.status.code === code);
      }
    });
  }

  test('a body of more than 64 KiB is not read to its end', async () => {
    const { server } = await startServer((socket) => {
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

  test('a body that never ends is cut off when the time is over', async () => {
    const clock = new FakeClock();
    const { server } = await startServer(answer('400 Bad Request').replace('Length: 0', 'Length: 10'));
    await using _ = server;
    const upgrading = upgrade(restConfigFor(server.url('http')), request({ clock }), never);
    const rejection = assert.rejects(
      upgrading,
      (error) => isCoded(error, 'UPGRADE_REFUSED') && error.arguments['status'] === 400,
    );
    await untilTimer(clock, 3);
    clock.advance(5_000);
    await rejection;
    await server.quiet();
    assert.equal(clock.pending, 0);
  });

  test('a hang-up is no answer', async () => {
    for (const hangUp of [(socket: Socket) => socket.end(), (socket: Socket) => socket.resetAndDestroy()]) {
      const { server } = await startServer(hangUp);
      await using _ = server;
      const error = await failure(server, 'UPGRADE_REFUSED');
      assert.match(error.message, /no response: /);
      assert.ok(!(error instanceof StatusError));
    }
  });

  test('garbage is no answer', async () => {
    const { server } = await startServer((socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n'));
    await using _ = server;
    await failure(server, 'UPGRADE_REFUSED');
  });

  test('an echo is no answer, and our credentials in it are in no error', async () => {
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

  test('silence is no answer after the time limit', async () => {
    const clock = new FakeClock();
    const { server } = await startServer();
    await using _ = server;
    const upgrading = upgrade(restConfigFor(server.url('http')), request({ clock }), never);
    const rejection = assert.rejects(upgrading, (error) => {
      assert.ok(isCoded(error, 'UPGRADE_REFUSED'));
      assert.match(error.message, /no response: timed out after 5 s/);
      return true;
    });
    await once(await server.connection(), 'data');
    clock.advance(4_999);
    assert.equal(clock.pending, 1);
    clock.advance(1);
    await rejection;
    await server.quiet();
    assert.equal(clock.pending, 0);
  });

  test("a server that wants a client certificate says so after the handshake: that is TLS's", async () => {
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
    await assert.rejects(upgrade(config, request(), never), (error) => {
      assert.ok(isCoded(error, 'TLS'), String(error));
      assert.match(error.message, /certificate required/);
      return true;
    });
    await server.quiet();
  });
});

suite('credentials', () => {
  test('that cannot be had end it before anything is connected', async () => {
    const { server } = await startServer();
    await using _ = server;
    const failed = new CodedError('CREDENTIALS_FAILED', { user: 'tester', reason: 'no' });
    const config = restConfigFor(server.url('http'), {
      credentials: { user: 'tester', get: () => Promise.reject(failed), invalidate: () => false },
    });
    await assert.rejects(upgrade(config, request(), never), failed);
    assert.equal(server.accepted, 0);
  });

  test('that no header can carry are told without showing them, and leave no socket', async () => {
    const { server } = await startServer();
    await using _ = server;
    const credentials = new FakeCredentials({ authorization: 'Bearer secret\r\nX-Evil: 1' });
    const error = await failure(server, 'CREDENTIALS_FAILED', { config: { credentials } });
    assert.doesNotMatch(`${error.message} ${String(error.cause)}`, /secret/);
  });
});

suite('aborted', () => {
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
      const { server } = await startServer(act);
      await using _ = server;
      const upgrading = upgrade(restConfigFor(server.url('http')), request({ clock }), abort.signal);
      const rejection = assert.rejects(upgrading, reason);
      await once(await server.connection(), 'data');
      // What was answered is read before anything else happens.
      if (name.includes('refusal')) await untilTimer(clock, 3);
      abort.abort(reason);
      await rejection;
      await server.quiet();
      assert.equal(clock.pending, 0);
      assert.deepEqual(getEventListeners(abort.signal, 'abort'), []);
    });
  }

  test('as soon as it is connected', async () => {
    const abort = new AbortController();
    const { server } = await startServer();
    await using _ = server;
    const clock = new FakeClock();
    const { setTimer } = clock;
    // The first timer is that of the connecting; at the second the request has just been made.
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

  test('while the second try asks for credentials', async () => {
    const abort = new AbortController();
    const { server } = await startServer(answer('401 Unauthorized'));
    await using _ = server;
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

/** Waits until so many timers have been set in all, those that are over included. */
async function untilTimer(clock: FakeClock, count: number): Promise<void> {
  while (clock.started < count) await new Promise((resolve) => setImmediate(resolve));
}
