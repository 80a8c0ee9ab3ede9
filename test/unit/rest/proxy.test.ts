import assert from 'node:assert/strict';
import dns from 'node:dns';
import { getEventListeners, once } from 'node:events';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { suite, test } from 'node:test';
import tls from 'node:tls';
import { inspect } from 'node:util';
import { type CodedError, isCoded } from '../../../src/base/errors.ts';
import { connect } from '../../../src/rest/connect.ts';
import { connectThroughProxy } from '../../../src/rest/proxy.ts';
import { coded } from '../../support/coded.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { startHttpProxy } from '../../support/httpProxy.ts';
import { never } from '../../support/never.ts';
import { restConfigFor } from '../../support/restConfig.ts';
import { startSocksServer } from '../../support/socksServer.ts';
import { TestTcpServer } from '../../support/tcpServer.ts';
import { testAuthority } from '../../support/testCertificates.ts';

const reason = new Error('enough');
const PASSWORD = 'pass:word';
const authority = await testAuthority();
const pair = await authority.issueServer(['localhost'], ['127.0.0.1']);
const secure = { cert: pair.certificate, key: pair.key };

const trusting = { certificateAuthority: authority.certificate };

function withLogin(url: URL, password = PASSWORD): URL {
  url.username = 'me@home';
  url.password = password;
  return url;
}

/** Starts an HTTP proxy that answers CONNECT with `answer`, and connects to no server. */
const startRefusing = (answer: (client: Socket) => void) =>
  startHttpProxy((_head, client) => {
    answer(client);
    return false;
  });

/** Expects a failure that names the proxy, leaves no socket and contains no password. */
async function failure(
  proxy: URL,
  server: TestTcpServer,
  { host = 'api.example', port = 443 } = {},
): Promise<CodedError> {
  const error = await connectThroughProxy(proxy, host, port, never).catch((rejection: unknown) => rejection);
  assert.ok(isCoded(error, 'PROXY_FAILED'), inspect(error));
  assert.ok(error.message.includes(`${proxy.protocol}//${proxy.host} `), error.message);
  assert.ok(error.message.includes(`${host}:${port}`), error.message);
  const everything = inspect(error, { depth: Infinity, showHidden: true });
  for (const secret of [PASSWORD, encodeURIComponent(PASSWORD), 'me@home', 'me%40home']) {
    assert.ok(!everything.includes(secret), everything);
  }
  await server.quiet();
  return error;
}

suite('HTTP CONNECT', () => {
  test("reaches the server, which learns nothing of the proxy's credentials", async () => {
    await using target = await TestTcpServer.start((socket) => {
      socket.once('data', (chunk: Buffer) => socket.end(`got ${chunk}`));
    });
    await using server = await startHttpProxy();
    const config = restConfigFor(new URL(`http://api.example:${target.port}`), {
      proxy: withLogin(server.url('http')),
    });
    const socket = await connect(config, { authorization: 'Bearer token' }, never);
    socket.write('ping');
    assert.equal(await text(socket), 'got ping');
    const lines = server.asked[0]?.split('\r\n') ?? [];
    assert.equal(lines[0], `CONNECT api.example:${target.port} HTTP/1.1`);
    assert.ok(lines.includes(`Host: api.example:${target.port}`));
    const encoded = Buffer.from(`me@home:${PASSWORD}`).toString('base64');
    assert.ok(lines.includes(`Proxy-Authorization: Basic ${encoded}`));
    assert.ok(!server.asked[0]?.includes('token'));
  });

  test('sends a password without a user name', async () => {
    await using target = await TestTcpServer.start((socket) => socket.end('hello'));
    await using server = await startHttpProxy();
    const proxy = new URL(`http://:${PASSWORD}@127.0.0.1:${server.port}`);
    assert.equal(await text(await connectThroughProxy(proxy, '127.0.0.1', target.port, never)), 'hello');
    const encoded = Buffer.from(`:${PASSWORD}`).toString('base64');
    assert.ok(server.asked[0]?.includes(`\r\nProxy-Authorization: Basic ${encoded}`), server.asked[0]);
  });

  test('carries TLS to the server', async () => {
    await using target = await TestTcpServer.start((socket) => socket.end('secured'), secure);
    await using server = await startHttpProxy();
    const config = restConfigFor(target.url('https', 'localhost'), {
      proxy: server.url('http'),
      tls: trusting,
    });
    assert.equal(await text(await connect(config, {}, never)), 'secured');
    assert.ok(!server.asked[0]?.includes('Proxy-Authorization'));
  });

  test('asks for an IPv6 server in brackets', async () => {
    await using server = await startRefusing((client) => client.end('HTTP/1.1 403 Forbidden\r\n\r\n'));
    await failure(server.url('http'), server, { host: '::1', port: 6443 });
    assert.match(server.asked[0] ?? '', /^CONNECT \[::1\]:6443 HTTP/);
  });

  test('carries TLS through a proxy over TLS that the system trusts', async () => {
    const defaults = tls.getCACertificates('default');
    tls.setDefaultCACertificates([authority.certificate]);
    try {
      await using target = await TestTcpServer.start((socket) => socket.end('doubly secured'), secure);
      await using server = await startHttpProxy(undefined, secure);
      const config = restConfigFor(target.url('https'), { proxy: server.url('https'), tls: trusting });
      assert.equal(await text(await connect(config, {}, never)), 'doubly secured');
    } finally {
      tls.setDefaultCACertificates(defaults);
    }
  });

  test('sends the name of a proxy over TLS without the dot at its end', async (t) => {
    const { lookup } = dns;
    t.mock.method(dns, 'lookup', (_host: string, ...more: unknown[]) =>
      Reflect.apply(lookup, dns, ['127.0.0.1', ...more]),
    );
    const names: string[] = [];
    const SNICallback: tls.TlsOptions['SNICallback'] = (name, callback) => {
      names.push(name);
      callback(null);
    };
    await using server = await startHttpProxy(undefined, { ...secure, SNICallback });
    await failure(new URL(`https://proxy.example.:${server.port}`), server);
    assert.deepEqual(names, ['proxy.example']);
  });

  test('refuses a proxy with an untrusted certificate', async () => {
    await using server = await startHttpProxy(undefined, secure);
    const error = await failure(withLogin(server.url('https')), server);
    assert.match(error.message, /certificate/);
    assert.deepEqual(server.asked, []);
  });

  test('refuses a proxy with an untrusted certificate even if the environment tells Node not to verify', async () => {
    await using server = await startHttpProxy(undefined, secure);
    const before = process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    try {
      await failure(withLogin(server.url('https')), server);
    } finally {
      if (before === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
      else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = before;
    }
    assert.deepEqual(server.asked, []);
  });

  for (const status of ['407 Proxy Authentication Required', '403 Forbidden', '502 Bad Gateway']) {
    test(`reports ${status}`, async () => {
      await using server = await startRefusing((client) =>
        client.write(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\n\r\n`),
      );
      const error = await failure(withLogin(server.url('http')), server);
      assert.ok(error.message.includes(`(${status})`), error.message);
    });
  }

  test('reports garbage and hang-ups of HTTP proxies', async () => {
    for (const answer of ['SSH-2.0-OpenSSH_9.6\r\n', '']) {
      await using server = await startRefusing((client) => client.end(answer));
      await failure(withLogin(server.url('http')), server);
    }
  });

  test("keeps bytes that come right behind the proxy's answer", async () => {
    await using server = await startRefusing((client) => client.end('HTTP/1.1 200 OK\r\n\r\nhello'));
    const socket = await connectThroughProxy(server.url('http'), 'api.example', 443, never);
    assert.equal(await text(socket), 'hello');
  });

  test('leaves no socket open for a password with a stray percent sign', async () => {
    await using server = await startHttpProxy();
    const proxy = new URL(`http://me%40home:100%@127.0.0.1:${server.port}`);
    await failure(proxy, server);
  });

  test('ends an unanswered request at the abort or after 30 s', async () => {
    await using server = await startHttpProxy(() => false);
    const abort = new AbortController();
    const connecting = connectThroughProxy(server.url('http'), 'api.example', 443, abort.signal);
    await once(await server.connection(), 'data');
    abort.abort(reason);
    await assert.rejects(connecting, reason);
    await server.quiet();

    const clock = new FakeClock();
    const config = restConfigFor(new URL('https://api.example'), { proxy: withLogin(server.url('http')) });
    const limited = connect(config, {}, never, clock);
    await once(await server.connection(1), 'data');
    clock.advance(30_000);
    await assert.rejects(
      limited,
      coded('UNREACHABLE', /no response through proxy http:\/\/127\.0\.0\.1:\d+ within 30 s/),
    );
    await server.quiet();
  });

  test('ignores the signal once connected', async () => {
    await using target = await TestTcpServer.start();
    await using server = await startHttpProxy();
    const abort = new AbortController();
    const socket = await connectThroughProxy(server.url('http'), '127.0.0.1', target.port, abort.signal);
    assert.deepEqual(getEventListeners(abort.signal, 'abort'), []);
    abort.abort(reason);
    assert.ok(!socket.destroyed);
    (await target.connection()).end('still here');
    assert.equal(await text(socket), 'still here');
  });
});

suite('SOCKS5', () => {
  for (const scheme of ['socks5', 'socks5h']) {
    test(`lets the proxy resolve the name (${scheme})`, async () => {
      await using target = await TestTcpServer.start((socket) => socket.end('secured'), secure);
      await using server = await startSocksServer();
      const config = restConfigFor(target.url('https', 'localhost'), {
        proxy: server.url(scheme),
        tls: trusting,
      });
      assert.equal(await text(await connect(config, {}, never)), 'secured');
      assert.deepEqual(server.asked, [`localhost:${target.port}`]);
    });
  }

  test('sends user name and password', async () => {
    await using target = await TestTcpServer.start((socket) => socket.end('hello'));
    await using server = await startSocksServer({ login: { user: 'me@home', password: PASSWORD } });
    const proxy = withLogin(server.url('socks5'));
    const socket = await connectThroughProxy(proxy, '127.0.0.1', target.port, never);
    assert.equal(await text(socket), 'hello');
    assert.deepEqual(server.asked, [`127.0.0.1:${target.port}`]);
  });

  test('sends a password without a user name to SOCKS proxies too', async () => {
    await using target = await TestTcpServer.start((socket) => socket.end('hello'));
    await using server = await startSocksServer({ login: { user: '', password: PASSWORD } });
    const proxy = new URL(`socks5://:${PASSWORD}@127.0.0.1:${server.port}`);
    assert.equal(await text(await connectThroughProxy(proxy, '127.0.0.1', target.port, never)), 'hello');
  });

  test('reports a wrong or missing password', async () => {
    await using server = await startSocksServer({ login: { user: 'me@home', password: 'another' } });
    assert.match((await failure(withLogin(server.url('socks5')), server)).message, /uthentication failed/);
    await failure(server.url('socks5'), server);
  });

  test('reports a refusal', async () => {
    await using server = await startSocksServer({ reply: 5 });
    const error = await failure(withLogin(server.url('socks5')), server);
    assert.match(error.message, /ConnectionRefused/);
  });

  test('reports garbage and hang-ups of SOCKS proxies', async () => {
    await using garbled = await TestTcpServer.start((socket) =>
      socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'),
    );
    await failure(withLogin(garbled.url('socks5')), garbled);
    await using hangingUp = await TestTcpServer.start((socket) => socket.end());
    await failure(withLogin(hangingUp.url('socks5')), hangingUp);
  });

  test('ends an unanswered request at the abort', async () => {
    await using server = await TestTcpServer.start();
    const abort = new AbortController();
    const connecting = connectThroughProxy(server.url('socks5'), 'api.example', 443, abort.signal);
    await once(await server.connection(), 'data');
    abort.abort(reason);
    await assert.rejects(connecting, reason);
    await server.quiet();
    assert.deepEqual(getEventListeners(abort.signal, 'abort'), []);
  });
});

suite('any proxy', () => {
  test('that does not listen is reported in one sentence', async () => {
    const server = await TestTcpServer.start();
    const url = withLogin(server.url('http'));
    await server[Symbol.asyncDispose]();
    const error = await failure(url, server);
    assert.match(error.message, /\(connect ECONNREFUSED [^()]*\): check proxy-url or HTTPS_PROXY$/);
  });

  test('with an unknown scheme is not used', async () => {
    await using server = await TestTcpServer.start();
    for (const scheme of ['socks4', 'ftp']) {
      const error = await failure(new URL(`${scheme}://127.0.0.1:${server.port}`), server);
      assert.match(error.message, /http:\/\/, https:\/\/, socks5:\/\/, socks5h:\/\//);
    }
    assert.equal(server.accepted, 0);
  });
});
