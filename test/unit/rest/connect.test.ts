import assert from 'node:assert/strict';
import { once } from 'node:events';
import net, { type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { suite, test } from 'node:test';
import type tls from 'node:tls';
import { type ErrorCode, isCoded, systemErrorCode } from '../../../src/base/errors.ts';
import type { KeyPairPem } from '../../../src/demo/certificates.ts';
import { connect } from '../../../src/rest/connect.ts';
import type { TlsSettings } from '../../../src/rest/restConfig.ts';
import { connectTcp } from '../../../src/rest/tcp.ts';
import { tlsError } from '../../../src/rest/tlsError.ts';
import { coded, rejection } from '../../support/coded.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { never } from '../../support/never.ts';
import { restConfigFor } from '../../support/restConfig.ts';
import { TestTcpServer } from '../../support/tcpServer.ts';
import { expiredCertificate, testAuthority } from '../../support/testCertificates.ts';

const authority = await testAuthority();
const pair = await authority.issueServer(['api.example', 'localhost'], ['127.0.0.1']);
const trusting: TlsSettings = { certificateAuthority: authority.certificate };

function secured({ certificate, key }: KeyPairPem): tls.TlsOptions {
  return { cert: certificate, key, ALPNProtocols: ['h2', 'http/1.1'] };
}

const trustingConfig = (server: TestTcpServer) => restConfigFor(server.url('https'), { tls: trusting });

function startTls(options: tls.TlsOptions = secured(pair)): Promise<TestTcpServer> {
  return TestTcpServer.start((socket) => socket.end('hello'), options);
}

/** Expects that connecting fails with this code, and leaves no socket. Returns the message. */
async function failure(
  server: TestTcpServer,
  code: ErrorCode,
  tlsSettings: TlsSettings,
  credentials = {},
): Promise<string> {
  const config = restConfigFor(server.url('https'), { tls: tlsSettings });
  const error = await rejection(connect(config, credentials, never), code);
  assert.ok(error.message.includes(server.url('https').origin));
  assert.ok(!error.message.includes('\n'));
  assert.ok(error.cause instanceof Error);
  await server.quiet();
  return error.message;
}

suite('TLS', () => {
  test("trusts the kubeconfig's authority and asks for HTTP/1.1", async () => {
    await using server = await startTls();
    const socket = await connect(trustingConfig(server), {}, never);
    assert.equal((socket as tls.TLSSocket).alpnProtocol, 'http/1.1');
    assert.equal(await text(socket), 'hello');
  });

  test('sends and verifies the host name, or tls-server-name in its place', async () => {
    const names: (string | false | undefined)[] = [];
    const SNICallback: tls.TlsOptions['SNICallback'] = (name, callback) => {
      names.push(name);
      callback(null);
    };
    await using server = await startTls({ ...secured(pair), SNICallback });
    const byName = restConfigFor(server.url('https', 'localhost'), { tls: trusting });
    (await connect(byName, {}, never)).destroy();
    const asOther = restConfigFor(server.url('https'), { tls: { ...trusting, serverName: 'api.example' } });
    (await connect(asOther, {}, never)).destroy();
    assert.deepEqual(names, ['localhost', 'api.example']);
    // A name in TLS may not end with a dot: servers written in Go would refuse the connection. So the dot is left out.
    const absolute = restConfigFor(server.url('https'), { tls: { ...trusting, serverName: 'localhost.' } });
    (await connect(absolute, {}, never)).destroy();
    assert.equal(names.at(-1), 'localhost');
  });

  test('verifies an IP address as tls-server-name', async () => {
    await using server = await startTls();
    const tlsSettings = { ...trusting, serverName: '127.0.0.1' };
    const config = restConfigFor(server.url('https', 'localhost'), { tls: tlsSettings });
    (await connect(config, {}, never)).destroy();
    assert.match(await failure(server, 'TLS', { ...trusting, serverName: '10.0.0.1' }), /10\.0\.0\.1/);
  });

  test('refuses a name that the certificate lacks', async () => {
    await using server = await startTls();
    const message = await failure(server, 'TLS', { ...trusting, serverName: 'other.example' });
    assert.match(message, /other\.example/);
    assert.match(message, /api\.example/);
  });

  test('refuses an unknown authority unless verification is off', async () => {
    await using server = await startTls();
    assert.match(await failure(server, 'TLS', {}), /self-signed|not trusted/);
    const careless = restConfigFor(server.url('https'), { tls: { insecureSkipVerify: true } });
    assert.equal(await text(await connect(careless, {}, never)), 'hello');
  });

  test('refuses an expired certificate', async () => {
    const expired = await expiredCertificate();
    await using server = await startTls(secured(expired));
    const message = await failure(server, 'TLS', { certificateAuthority: expired.certificate });
    assert.match(message, /has expired/);
  });

  test('shows a client certificate to the server', async () => {
    await using server = await TestTcpServer.start(
      (socket) => socket.end(String((socket as tls.TLSSocket).getPeerCertificate().subject.CN)),
      { ...secured(pair), ca: authority.certificate, requestCert: true, rejectUnauthorized: true },
    );
    const clientCertificate = await authority.issueClient('jane', ['system:masters']);
    assert.equal(await text(await connect(trustingConfig(server), { clientCertificate }, never)), 'jane');
  });

  test('reports any invalid PEM text', async () => {
    await using server = await startTls();
    const bad = '-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n';
    await failure(server, 'TLS', trusting, { clientCertificate: { certificate: bad, key: pair.key } });
    await failure(server, 'TLS', trusting, {
      clientCertificate: { certificate: pair.certificate, key: 'nonsense' },
    });
    const other = await authority.issueClient('other', []);
    const mixed = { certificate: pair.certificate, key: other.key };
    const message = await failure(server, 'TLS', trusting, { clientCertificate: mixed });
    assert.ok(!message.includes('openssl/'), message);
  });

  test('reports a server of another protocol in a sentence', async () => {
    await using server = await TestTcpServer.start((socket) =>
      socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'),
    );
    const message = await failure(server, 'TLS', trusting);
    assert.match(message, /wrong version number|packet length too long/);
    assert.ok(!message.includes('ssl/record'), message);
  });

  test('reports a hang-up during the handshake as unreachable', async () => {
    await using server = await TestTcpServer.start((socket) => socket.end());
    await failure(server, 'UNREACHABLE', trusting);
    await using resetting = await TestTcpServer.start((socket) => socket.resetAndDestroy());
    await failure(resetting, 'UNREACHABLE', trusting);
  });

  test('reports a failed system call during the handshake as unreachable, with the codes of any system', () => {
    const config = restConfigFor(new URL('https://127.0.0.1'));
    const codes = ['ECONNABORTED', 'EHOSTUNREACH', 'ENETDOWN', 'ENETUNREACH', 'ENOTCONN', 'ETIMEDOUT'];
    for (const code of codes) {
      const lost = Object.assign(new Error(`read ${code}`), { code, syscall: 'read' });
      coded('UNREACHABLE', code)(tlsError(config, lost));
    }
  });
});

suite('TCP', () => {
  test('is used for plain HTTP, and its owner handles its errors', async () => {
    await using server = await TestTcpServer.start((socket) => socket.end('hello'));
    const socket = await connect(restConfigFor(server.url('http')), {}, never);
    assert.equal(socket.listenerCount('error'), 0);
    assert.equal(await text(socket), 'hello');
  });

  test('reports a port without a listener as unreachable', async () => {
    const server = await TestTcpServer.start();
    const url = server.url('https');
    await server[Symbol.asyncDispose]();
    await assert.rejects(connect(restConfigFor(url), {}, never), coded('UNREACHABLE', 'ECONNREFUSED'));
  });

  test('connects to an IPv6 address without its brackets and without a lookup', async () => {
    await assert.rejects(
      connect(restConfigFor(new URL('https://[::1]:1')), {}, never),
      (error) =>
        isCoded(error, 'UNREACHABLE') &&
        ['ECONNREFUSED', 'EADDRNOTAVAIL'].includes(systemErrorCode(error.cause) ?? ''),
    );
  });
});

suite('an abort', () => {
  const reason = new Error('enough');

  test('before the beginning connects to nothing', async () => {
    await using server = await startTls();
    const aborted = AbortSignal.abort(reason);
    const config = restConfigFor(server.url('https'));
    await assert.rejects(connect(config, {}, aborted), reason);
    await assert.rejects(connectTcp('127.0.0.1', server.port, 'it', aborted), reason);
    assert.equal(server.accepted, 0);
  });

  test('ends the connection attempt', async () => {
    await using server = await TestTcpServer.start();
    const abort = new AbortController();
    const connecting = connect(restConfigFor(server.url('http')), {}, abort.signal);
    abort.abort(reason);
    await assert.rejects(connecting, reason);
    await server.quiet();
  });

  test('between TCP and TLS ends the attempt', async (t) => {
    await using server = await TestTcpServer.start();
    const abort = new AbortController();
    const { setNoDelay } = net.Socket.prototype;
    t.mock.method(net.Socket.prototype, 'setNoDelay', function (this: Socket, noDelay?: boolean) {
      abort.abort(reason);
      return setNoDelay.call(this, noDelay);
    });
    await assert.rejects(connect(trustingConfig(server), {}, abort.signal), reason);
    await server.connection();
    await server.quiet();
  });

  test('during an unanswered TLS handshake closes the socket and the subscription', async () => {
    await using server = await TestTcpServer.start();
    const abort = new AbortController();
    const connecting = connect(trustingConfig(server), {}, abort.signal);
    await once(await server.connection(), 'data');
    abort.abort(reason);
    await assert.rejects(connecting, reason);
    await server.quiet();
  });

  test('after the end does not affect the socket', async () => {
    await using server = await TestTcpServer.start(() => {}, secured(pair));
    const abort = new AbortController();
    const socket = await connect(trustingConfig(server), {}, abort.signal);
    abort.abort(reason);
    assert.ok(!socket.destroyed);
    (await server.connection()).end('still here');
    assert.equal(await text(socket), 'still here');
  });
});

test('a handshake without an answer ends after 30 s', async () => {
  await using server = await TestTcpServer.start();
  const clock = new FakeClock();
  const connecting = connect(trustingConfig(server), {}, never, clock);
  await once(await server.connection(), 'data');
  clock.advance(29_999);
  clock.advance(1);
  await assert.rejects(connecting, coded('UNREACHABLE', 'within 30 s'));
  await server.quiet();
  assert.equal(clock.pending, 0);
});

test('the time limit ends with the connection attempt', async () => {
  await using server = await startTls();
  const clock = new FakeClock();
  const socket = await connect(trustingConfig(server), {}, never, clock);
  assert.equal(clock.pending, 0);
  assert.equal(await text(socket), 'hello');
});
