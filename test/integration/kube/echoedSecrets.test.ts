import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { after, suite, test } from 'node:test';
import { inspect } from 'node:util';
import { systemClock } from '../../../src/base/async.ts';
import { isCoded } from '../../../src/base/errors.ts';
import { TRANSPORTS } from '../../../src/kinds/transports.ts';
import { connectCluster } from '../../../src/kube/cluster/cluster.ts';
import { OidcCredentials } from '../../../src/kube/credentials/oidcCredentials.ts';
import { basic, bearer } from '../../../src/kube/credentials/staticCredentials.ts';
import { createDialer } from '../../../src/portforward/transport/createDialer.ts';
import { connect } from '../../../src/rest/connect.ts';
import { requestJson } from '../../../src/rest/request.ts';
import type { Credentials } from '../../../src/rest/restConfig.ts';
import { startHttpProxy } from '../../support/httpProxy.ts';
import { startHttpServer } from '../../support/httpServer.ts';
import { never } from '../../support/never.ts';
import { FakeCredentials, restConfigFor } from '../../support/restConfig.ts';
import { startSpdyServer } from '../../support/spdyServer.ts';
import { TestTcpServer } from '../../support/tcpServer.ts';
import { testAuthority } from '../../support/testCertificates.ts';

const pod = { namespace: 'demo', name: 'web' };
const list = { path: '/api/v1/namespaces/demo/pods', signal: never };

const token = `planted.${randomBytes(24).toString('base64url')}-_~`;
const password = `planted/${randomBytes(6).toString('hex')}: &`;
const pair = `someone:${password}`;
const base64 = (text: string) => Buffer.from(text).toString('base64');
const authority = await testAuthority();
const { key, certificate } = await authority.issueClient('someone', []);
const keyLine = key.split('\n')[1] ?? '';

/** Each secret with the credentials that contain it. */
const CREDENTIALS: Readonly<Record<string, Credentials>> = {
  [token]: bearer(token),
  [password]: basic('someone', password),
  [pair]: basic('someone', password),
  [base64(pair)]: basic('someone', password),
  [keyLine]: { clientCertificate: { certificate, key } },
  [base64(key)]: { clientCertificate: { certificate, key } },
};

/** Answers of a server that repeat a secret from the request. The keys say in which part of the answer. */
const ANSWERS: Readonly<Record<string, (secret: string, response: ServerResponse) => void>> = {
  'the reason phrase': (secret, response) =>
    response.writeHead(403, `Authorization: Bearer ${secret} refused`, { 'Content-Type': 'text/html' }).end(),
  'a text': (secret, response) =>
    response.writeHead(500, { 'Content-Type': 'text/plain' }).end(`token ${secret} is not known`),
  'a text, like a header': (secret, response) =>
    response.writeHead(406, { 'Content-Type': 'text/plain' }).end(`Bearer: ${secret}`),
  'a text, where it is cut': (secret, response) =>
    response.writeHead(500, { 'Content-Type': 'text/plain' }).end(`${'x'.repeat(290)} ${secret}`),
  'a text, URL-encoded': (secret, response) =>
    response.writeHead(502, { 'Content-Type': 'text/plain' }).end(`?token=${encodeURIComponent(secret)}`),
  'the message of a Status': (secret, response) => answerStatus(response, 403, { message: `no ${secret}` }),
  'the reason of a Status': (secret, response) =>
    answerStatus(response, 422, { reason: secret, message: '' }),
  'the details of a Status': (secret, response) =>
    answerStatus(response, 404, { message: 'x', details: { kind: 'pods', name: secret } }),
  'the type of its content': (secret, response) =>
    response.writeHead(200, { 'Content-Type': `text/${secret}` }).end(`${secret} is no JSON`),
};

function answerStatus(response: ServerResponse, code: number, status: object): void {
  response.writeHead(code, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify({ kind: 'Status', code, ...status }));
}

/** Expects that no part of an error, including its causes and hidden properties, contains one of the secrets. */
function assertWithout(error: unknown, secrets: readonly string[]): void {
  assert.ok(isCoded(error), inspect(error));
  const everything = `${inspect(error, { depth: 20, showHidden: true, maxStringLength: null })}${JSON.stringify(error)}`;
  for (const secret of secrets.flatMap((text) => [
    text,
    encodeURIComponent(text),
    base64(text).replace(/=+$/, ''),
  ])) {
    assert.ok(!everything.includes(secret), `${secret} in ${everything}`);
  }
}

async function failureOf(action: Promise<unknown>): Promise<unknown> {
  return await action.then(
    () => assert.fail('it did not fail'),
    (error: unknown) => error,
  );
}

let answer: (response: ServerResponse) => void = () => {};
const server = await startHttpServer((_request, response) => answer(response));
after(() => server[Symbol.asyncDispose]());

suite('an error does not contain the credentials that a server repeats', () => {
  for (const [spot, write] of Object.entries(ANSWERS)) {
    test(`in ${spot}`, async () => {
      for (const [secret, credentials] of Object.entries(CREDENTIALS)) {
        // Such a secret cannot be part of a Content-Type header, because it contains a space, a colon or `&`.
        if (spot.startsWith('the type') && /[ :&]/.test(secret)) continue;
        answer = (response) => write(secret, response);
        const config = restConfigFor(server.url, { credentials: new FakeCredentials(credentials) });
        assertWithout(await failureOf(requestJson(config, list)), [secret]);
        for (const pinned of TRANSPORTS) {
          const dialer = createDialer({ config, clock: systemClock, pinned, onEvent: () => {} });
          assertWithout(await failureOf(dialer.dial(pod, never)), [secret]);
        }
      }
    });
  }

  test('in the ERROR event of a watch', async () => {
    for (const [secret, credentials] of Object.entries(CREDENTIALS)) {
      const event = { type: 'ERROR', object: { kind: 'Status', code: 500, message: secret, reason: secret } };
      answer = (response) => response.end(`${JSON.stringify(event)}\n`);
      const config = restConfigFor(server.url, { credentials: new FakeCredentials(credentials) });
      const cluster = connectCluster(config);
      const watch = cluster.watch('pods', { namespace: 'demo', resourceVersion: '1' }, never);
      assertWithout(await failureOf(watch.next()), [secret]);
      cluster.dispose();
    }
  });

  test('after the credentials have been renewed', async () => {
    const credentials = new FakeCredentials(bearer(token), bearer('another-token'));
    const answers = [401, 403];
    answer = (response) =>
      response
        .writeHead(answers.shift() ?? 500, `${token} another-token`, { 'Content-Type': 'text/html' })
        .end();
    const config = restConfigFor(server.url, { credentials });
    assertWithout(await failureOf(requestJson(config, list)), [token, 'another-token']);
  });

  test("from the name and password in the server's address", async () => {
    const url = new URL(server.url);
    url.username = 'somebody';
    url.password = password;
    answer = (response) =>
      response.writeHead(500, { 'Content-Type': 'text/plain' }).end(`${url.href} somebody:${password}`);
    assertWithout(await failureOf(requestJson(restConfigFor(url), list)), [password, url.password]);
  });

  for (const pinned of TRANSPORTS) {
    test(`in the answer that changes the protocol, over ${pinned}`, async () => {
      await using hostile = await TestTcpServer.start((socket) => {
        socket.once('data', () =>
          socket.end(
            `HTTP/1.1 101 ${token}\r\nConnection: Upgrade\r\nUpgrade: ${token}\r\nSec-WebSocket-Protocol: ${token}\r\nX-Stream-Protocol-Version: ${token}\r\n\r\n`,
          ),
        );
      });
      const config = restConfigFor(hostile.url('http'), { credentials: new FakeCredentials(bearer(token)) });
      const dialer = createDialer({ config, clock: systemClock, pinned, onEvent: () => {} });
      assertWithout(await failureOf(dialer.dial(pod, never)), [token]);
    });
  }

  test('on the error stream of a connection', async () => {
    await using hostile = await startSpdyServer(({ error, data }) => {
      error.end(`Authorization: ${token}`);
      data.end();
    });
    const config = restConfigFor(hostile.tcp.url('http'), {
      credentials: new FakeCredentials(bearer(token)),
    });
    const tunnel = await createDialer({ config, clock: systemClock, pinned: 'spdy', onEvent: () => {} }).dial(
      pod,
      never,
    );
    const connection = tunnel.open(80);
    connection.data.resume().end();
    assert.equal(await connection.failure, 'Authorization: [redacted]');
    tunnel.dispose();
  });

  test('in the names of a certificate that does not fit', async () => {
    const name = `${token.toLowerCase().replace(/[^a-z\d]/g, '')}`;
    const other = await authority.issueServer([`${name}.test`], []);
    await using hostile = await TestTcpServer.start(() => {}, { cert: other.certificate, key: other.key });
    const config = restConfigFor(hostile.url('https'), {
      tls: { certificateAuthority: authority.certificate },
    });
    assertWithout(await failureOf(connect(config, bearer(name), never)), [name]);
  });

  test('in the refusal of a proxy', async () => {
    for (const secret of ['someuser', password, `someuser:${password}`, base64(`someuser:${password}`)]) {
      const proxy = await startHttpProxy((_head, client) => {
        client.end(`HTTP/1.1 407 user ${secret}, ${encodeURIComponent(secret)}\r\n\r\n`);
        return false;
      });
      await using _ = proxy;
      const url = proxy.url('http');
      url.username = 'someuser';
      url.password = encodeURIComponent(password);
      const config = restConfigFor(new URL('https://api.test'), { proxy: url });
      assertWithout(await failureOf(connect(config, {}, never)), [secret]);
    }
  });

  test('in the refusal of an identity provider', async () => {
    const [refreshToken, clientSecret] = [`refresh-${token}`, `secret-${token}`];
    answer = (response) =>
      response
        .writeHead(503, `${refreshToken} ${clientSecret}`, { 'Content-Type': 'text/plain' })
        .end(
          `refresh_token=${encodeURIComponent(refreshToken)} ${base64(`kubectl:${clientSecret}`)} ${clientSecret}`,
        );
    const source = new OidcCredentials({
      user: 'me',
      config: {
        'idp-issuer-url': server.url.href,
        'client-id': 'kubectl',
        'client-secret': clientSecret,
        'refresh-token': refreshToken,
      },
      environment: {},
    });
    assertWithout(await failureOf(source.get(never)), [refreshToken, clientSecret]);
  });
});
