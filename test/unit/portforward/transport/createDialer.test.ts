import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { isCoded } from '../../../../src/base/errors.ts';
import type { ForwardEvent } from '../../../../src/kinds/forwardNotice.ts';
import type { TransportName } from '../../../../src/kinds/transports.ts';
import { createDialer } from '../../../../src/portforward/transport/createDialer.ts';
import { TransportMemory } from '../../../../src/portforward/transport/transportMemory.ts';
import type { RestConfig } from '../../../../src/rest/restConfig.ts';
import { acceptKey } from '../../../../src/websocket/handshake.ts';
import { POD_NOT_FOUND_RESPONSE } from '../../../support/apiFixture.ts';
import { coded } from '../../../support/coded.ts';
import { FakeClock } from '../../../support/fakeClock.ts';
import { fieldOf } from '../../../support/fields.ts';
import { startHttpProxy } from '../../../support/httpProxy.ts';
import { never } from '../../../support/never.ts';
import { recorded } from '../../../support/observed.ts';
import { restConfigFor } from '../../../support/restConfig.ts';
import { TestTcpServer } from '../../../support/tcpServer.ts';

const pod = { namespace: 'demo', name: 'web' };
const PATH = '/api/v1/namespaces/demo/pods/web/portforward';
const BAD_REQUEST = 'HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n';
/** Returns the kubelet's answer to a channel request without a port, or with the port 0. */
function portRequired(head: string): string {
  const text = isPortZero(head) ? 'port "0" must be > 0' : 'query parameter "port" is required';
  return `HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: ${text.length}\r\n\r\n${text}`;
}
const NOT_FOUND = 'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n';

function isPortZero(head: string): boolean {
  return head.includes('?ports=0 ');
}

/** Returns the transport that a request asks for. */
function asked(head: string): TransportName {
  if (/^POST /.test(head)) return 'spdy';
  return /Sec-WebSocket-Protocol: v4\.channel/.test(head) ? 'channel' : 'websocket';
}

/** Returns the answer with which a real server accepts the request. */
function agree(head: string): string {
  const key = /Sec-WebSocket-Key: (\S+)/.exec(head)?.[1];
  const subprotocol = /Sec-WebSocket-Protocol: (\S+)/.exec(head)?.[1];
  const lines =
    key === undefined
      ? ['Upgrade: SPDY/3.1', 'X-Stream-Protocol-Version: portforward.k8s.io']
      : [
          'Upgrade: websocket',
          `Sec-WebSocket-Accept: ${acceptKey(key)}`,
          `Sec-WebSocket-Protocol: ${subprotocol}`,
        ];
  return ['HTTP/1.1 101 Switching Protocols', 'Connection: Upgrade', ...lines, '', ''].join('\r\n');
}

/**
 * Starts a server. If `answers` has a function for the requested transport, this function returns the server's answer.
 * Otherwise, the server accepts the request.
 * @param tryChannel returns the answer to a channel request without a port or with the port 0. A client sends these
 * requests to find out whether the server supports channels. Optional, default: the kubelet's answer
 */
function startServer(
  answers: Partial<Record<TransportName, (head: string) => string>> = {},
  tryChannel: (head: string) => string = portRequired,
): Promise<TestTcpServer> {
  return TestTcpServer.answering((head, socket) => {
    // With a channel request without a real port, the dialer finds out whether the server supports channels.
    const isWithoutPort = asked(head) === 'channel' && !/\?ports=[1-9]/.test(head);
    socket.write(isWithoutPort ? tryChannel(head) : (answers[asked(head)] ?? agree)(head));
    socket.resume();
  });
}

function tried(server: TestTcpServer): TransportName[] {
  return server.asked.filter((head) => !isPortZero(head)).map(asked);
}

/** Returns the requests, except the channel requests without a real port. */
function withPort(server: TestTcpServer): string[] {
  return server.asked.filter((head) => asked(head) !== 'channel' || /\?ports=[1-9]/.test(head));
}

function start(config: RestConfig, more: { pinned?: TransportName; memory?: TransportMemory } = {}) {
  const events: ForwardEvent[] = [];
  const clock = new FakeClock();
  const dialer = createDialer({ config, clock, ...more, onEvent: (event) => events.push(event) });
  return { dialer, events, clock };
}

/** Opens a tunnel to the pod. */
async function dial(config: RestConfig, pinned?: TransportName) {
  const started = start(config, pinned && { pinned });
  return { ...started, tunnel: await started.dialer.dial(pod, never) };
}

suite('the order of transports', () => {
  test('begins with SPDY for a direct server', async () => {
    await using server = await startServer();
    const { tunnel, events, clock } = await dial(restConfigFor(server.url('http')));
    assert.equal(tunnel.transport, 'spdy');
    assert.deepEqual(tried(server), ['spdy']);
    assert.match(server.asked[0] ?? '', new RegExp(`^POST ${PATH} HTTP/1.1\r\n`));
    assert.match(server.asked[0] ?? '', /\r\nX-Stream-Protocol-Version: portforward\.k8s\.io(\r\n|$)/);
    assert.deepEqual(events, []);
    assert.equal(clock.pending, 0);
    tunnel.dispose();
    await server.quiet();
  });

  test('begins with the WebSocket behind a path prefix, which its path contains', async () => {
    await using server = await startServer();
    const { tunnel } = await dial(restConfigFor(new URL('/k8s/c-1', server.url('http'))));
    assert.equal(tunnel.transport, 'websocket');
    assert.deepEqual(tried(server), ['websocket']);
    assert.match(server.asked[0] ?? '', new RegExp(`^GET /k8s/c-1${PATH} HTTP/1.1\r\n`));
    assert.match(
      server.asked[0] ?? '',
      /\r\nSec-WebSocket-Protocol: SPDY\/3\.1\+portforward\.k8s\.io(\r\n|$)/,
    );
    tunnel.dispose();
    await server.quiet();
  });

  test('begins with the WebSocket through a proxy', async () => {
    await using server = await startServer();
    await using proxy = await startHttpProxy();
    const { tunnel } = await dial(restConfigFor(server.url('http'), { proxy: proxy.url('http') }));
    assert.deepEqual([tunnel.transport, tried(server), proxy.asked.length], ['websocket', ['websocket'], 1]);
    tunnel.dispose();
    await server.quiet();
  });

  test("keeps a pod's name encoded in the path", async () => {
    await using server = await startServer();
    const { dialer } = start(restConfigFor(server.url('http')));
    const tunnel = await dialer.dial({ namespace: 'a/b', name: '../x y' }, never);
    assert.match(
      server.asked[0] ?? '',
      /^POST \/api\/v1\/namespaces\/a%2Fb\/pods\/\.\.%2Fx%20y\/portforward /,
    );
    tunnel.dispose();
  });

  for (const pinned of ['spdy', 'websocket', 'channel'] as const) {
    test(`is ${pinned} and nothing else when pinned`, async () => {
      await using server = await startServer({ [pinned]: () => NOT_FOUND }, () => NOT_FOUND);
      const { dialer } = start(restConfigFor(server.url('http')), { pinned });
      await assert.rejects(dialer.dial(pod, never), coded('UPGRADE_REFUSED'));
      assert.deepEqual(tried(server), [pinned]);
      await server.quiet();
    });
  }
});

suite('fallback', () => {
  test('ends at the channel for an old server and reports it once', async () => {
    await using server = await startServer({ spdy: () => BAD_REQUEST, websocket: () => BAD_REQUEST });
    const memory = new TransportMemory();
    const config = restConfigFor(server.url('http'));
    const { dialer, events } = start(config, { memory });
    for (let round = 0; round < 2; round++) (await dialer.dial(pod, never)).dispose();
    assert.deepEqual(tried(server), ['spdy', 'websocket', 'channel', 'channel']);
    assert.deepEqual(fieldOf(events, 'type'), ['transportRefused', 'transportRefused', 'noHalfClose']);
    const next = start(config, { memory });
    (await next.dialer.dial(pod, never)).dispose();
    assert.deepEqual(tried(server).slice(4), ['channel']);
    await server.quiet();
  });

  for (const [user, status] of [
    ['any user', 400],
    ['a user with the verb get alone', 403],
  ] as const) {
    test(`accepts no channel for ${user} if a proxy removes the upgrade, which gives every channel one answer`, async () => {
      const refusal = `HTTP/1.1 ${status} Refused\r\nContent-Length: 0\r\n\r\n`;
      const answers = { spdy: () => refusal, websocket: () => BAD_REQUEST };
      await using server = await startServer(answers, () => BAD_REQUEST);
      const { dialer, events } = start(restConfigFor(server.url('http')), { memory: new TransportMemory() });
      for (let round = 0; round < 2; round++) {
        await assert.rejects(
          dialer.dial(pod, never),
          coded(status === 400 ? 'UPGRADE_REFUSED' : 'FORBIDDEN'),
        );
      }
      assert.equal(tried(server).filter((transport) => transport === 'channel').length, 2);
      assert.ok(events.every(({ type }) => type === 'transportRefused'));
      await server.quiet();
    });
  }

  test('follows an answer that changes to another protocol or does not fit the key', async () => {
    await using server = await startServer({
      spdy: (head) => agree(head).replace('portforward.k8s.io', 'v4.channel.k8s.io'),
      websocket: (head) => agree(head).replace(/Accept: \S+/, 'Accept: AAAA'),
    });
    const { dialer, events } = start(restConfigFor(server.url('http')));
    assert.equal((await dialer.dial(pod, never)).transport, 'channel');
    assert.deepEqual(tried(server), ['spdy', 'websocket', 'channel']);
    const reasons = events.map((event) => (event.type === 'transportRefused' ? event.error.message : ''));
    assert.match(reasons[0] ?? '', /switched to SPDY\/3\.1 \(v4\.channel\.k8s\.io\)/);
    assert.match(reasons[1] ?? '', /invalid WebSocket handshake response/);
    await server.quiet();
  });

  test('follows a WebSocket without the subprotocol', async () => {
    await using server = await startServer({
      websocket: (head) => agree(head).replace(/Sec-WebSocket-Protocol: .*\r\n/, ''),
    });
    const { dialer } = start(restConfigFor(server.url('http')), { pinned: 'websocket' });
    await assert.rejects(dialer.dial(pod, never), coded('UPGRADE_REFUSED', { status: 101 }));
    await server.quiet();
  });

  test('follows a silent transport after 5 s', async () => {
    await using server = await startServer({ spdy: () => '' });
    const { dialer, clock } = start(restConfigFor(server.url('http')));
    const dialing = dialer.dial(pod, never);
    await server.connection();
    while (tried(server).length === 0) await new Promise((resolve) => setImmediate(resolve));
    clock.advance(5_000);
    const tunnel = await dialing;
    assert.equal(tunnel.transport, 'websocket');
    tunnel.dispose();
    await server.quiet();
  });

  test('ends at a missing pod', async () => {
    await using server = await startServer({ spdy: () => POD_NOT_FOUND_RESPONSE });
    const { dialer } = start(restConfigFor(server.url('http')));
    await assert.rejects(dialer.dial(pod, never), coded('POD_NOT_FOUND'));
    assert.deepEqual(tried(server), ['spdy']);
    await server.quiet();
  });

  test('ends at an abort at any time', async () => {
    await using server = await startServer({ spdy: () => BAD_REQUEST, websocket: () => '' });
    const abort = new AbortController();
    const { dialer, clock } = start(restConfigFor(server.url('http')));
    const dialing = dialer.dial(pod, abort.signal);
    const rejection = assert.rejects(dialing, /enough/);
    await server.connection(1);
    while (tried(server).length < 2) await new Promise((resolve) => setImmediate(resolve));
    abort.abort(new Error('enough'));
    await rejection;
    await server.quiet();
    assert.deepEqual(tried(server), ['spdy', 'websocket']);
    assert.equal(clock.pending, 0);
  });
});

suite('channel tunnels', () => {
  /** Opens a tunnel with the transport `channel` and a connection through it. Waits until the connection has ended. */
  async function connect(
    config: RestConfig,
  ): Promise<{ error: Error | undefined; lost: unknown[]; isClosing: boolean }> {
    const { tunnel } = await dial(config, 'channel');
    const lost = recorded(tunnel.onDidClose);
    const { data } = tunnel.open(8080);
    let error: Error | undefined;
    data.on('error', (reason) => {
      error = reason;
    });
    data.resume();
    await new Promise<void>((resolve) => data.once('close', () => resolve()));
    // Copies the list, because disposing of the tunnel adds to it.
    const result = { error, lost: [...lost], isClosing: tunnel.isClosing };
    tunnel.dispose();
    return result;
  }

  test('ask for the port with each connection', async () => {
    await using server = await startServer();
    const { tunnel } = await dial(restConfigFor(server.url('http')), 'channel');
    assert.ok(!tunnel.isShared);
    tunnel.open(8080);
    tunnel.open(9090);
    while (withPort(server).length < 2) await new Promise((resolve) => setImmediate(resolve));
    const paths = new Set(withPort(server).map((head) => head.split(' ')[1]));
    assert.deepEqual(paths, new Set([`${PATH}?ports=8080`, `${PATH}?ports=9090`]));
    tunnel.dispose();
    await server.quiet();
  });

  test('are lost with the pod, and not with a connection', async () => {
    await using server = await startServer({ channel: () => POD_NOT_FOUND_RESPONSE });
    const { error, lost, isClosing } = await connect(restConfigFor(server.url('http')));
    assert.ok(isCoded(error, 'POD_NOT_FOUND'));
    assert.deepEqual(lost, [error]);
    assert.ok(isClosing);
    await server.quiet();
  });

  test('are lost when the first connection shows that the server lacks the protocol', async () => {
    await using server = await startServer({ channel: () => BAD_REQUEST });
    const { error, lost } = await connect(restConfigFor(server.url('http')));
    assert.ok(isCoded(error, 'UPGRADE_REFUSED'));
    assert.deepEqual(lost, [error]);
  });

  for (const [status, code] of [
    ['401 Unauthorized', 'UNAUTHORIZED'],
    ['403 Forbidden', 'FORBIDDEN'],
    ['429 Too Many Requests', 'UPGRADE_REFUSED'],
    ['503 Service Unavailable', 'UPGRADE_REFUSED'],
  ] as const) {
    test(`stay when a connection is refused with ${status}, because others may be open`, async () => {
      await using server = await startServer({
        channel: () => `HTTP/1.1 ${status}\r\nContent-Length: 0\r\n\r\n`,
      });
      const { error, lost, isClosing } = await connect(restConfigFor(server.url('http')));
      assert.ok(isCoded(error, code));
      assert.deepEqual(lost, []);
      assert.ok(!isClosing);
    });
  }

  test('stay when a connection is refused after another was accepted', async () => {
    let isFirst = true;
    const server = await startServer({
      channel: (head) => {
        if (!isFirst) return 'HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n';
        isFirst = false;
        return agree(head);
      },
    });
    await using _ = server;
    const { tunnel } = await dial(restConfigFor(server.url('http')), 'channel');
    const lost = recorded(tunnel.onDidClose);
    const first = tunnel.open(8080);
    while (withPort(server).length < 1) await new Promise((resolve) => setImmediate(resolve));
    // Waits until the server has accepted the connection: only then is a write completed.
    await new Promise<void>((resolve) => first.data.write('hello', () => resolve()));
    const second = tunnel.open(8080);
    await new Promise<void>((resolve) => second.data.once('close', () => resolve()));
    assert.ok(isCoded(second.data.errored, 'UPGRADE_REFUSED'));
    assert.deepEqual(lost, []);
    assert.ok(!first.data.destroyed);
    tunnel.dispose();
    await server.quiet();
  });

  test('end pending openings when disposed of', async () => {
    await using server = await startServer({ channel: () => '' });
    const { tunnel, clock } = await dial(restConfigFor(server.url('http')), 'channel');
    const { data } = tunnel.open(8080);
    while (withPort(server).length < 1) await new Promise((resolve) => setImmediate(resolve));
    tunnel.dispose();
    await new Promise<void>((resolve) => (data.closed ? resolve() : data.once('close', () => resolve())));
    await server.quiet();
    assert.equal(clock.pending, 0);
  });
});
