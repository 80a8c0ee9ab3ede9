import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { requestInfo } from '../../../src/rest/requestInfo.ts';
import { isStatus, readStatus, statusError, withoutCredentials } from '../../../src/rest/statusError.ts';
import { apiFixtureText } from '../../support/apiFixture.ts';
import { restConfigFor } from '../../support/restConfig.ts';

const config = restConfigFor(new URL('https://cluster.example:6443/k8s'));

function response(
  statusCode: number,
  body: string | Buffer,
  headers: Record<string, string> = { 'content-type': 'application/json' },
): IncomingMessage {
  return Object.assign(Readable.from([Buffer.from(body)]), {
    statusCode,
    statusMessage: 'A Reason Phrase',
    headers,
  }) as unknown as IncomingMessage;
}

test("a 403 names user, verb, resource, namespace, the server's reason and the rule that would grant it", async () => {
  const status = await readStatus(response(403, apiFixtureText('forbidden-pods.json')));
  const error = statusError(config, status, requestInfo('GET', '/api/v1/namespaces/demo/pods'));
  assert.equal(error.code, 'FORBIDDEN');
  assert.deepEqual(error.arguments, {
    user: 'tester',
    verb: 'list',
    resource: 'pods',
    namespace: 'demo',
    reason:
      'pods is forbidden: User "viewer" cannot list resource "pods" in API group "" at the cluster scope',
    rule: 'verbs: ["list"], resources: ["pods"]',
  });
  assert.ok(isStatus(error, 403, 'pods'));
});

test('a 403 at the cluster scope asks for a cluster role', async () => {
  const status = await readStatus(response(403, apiFixtureText('forbidden-namespaces.json')));
  const error = statusError(config, status, requestInfo('GET', '/api/v1/namespaces'));
  assert.equal(error.code, 'FORBIDDEN_CLUSTER_WIDE');
  assert.match(
    error.message,
    /at the cluster scope .*ask your administrator for a cluster role with verbs: \["list"\]/,
  );
});

test('a 403 without a reason on a WebSocket upgrade (1.36) names the verb that newer servers also need', async () => {
  const status = await readStatus(response(403, apiFixtureText('forbidden-websocket-getonly-1.36.json')));
  const info = requestInfo('GET', '/api/v1/namespaces/demo/pods/echo/portforward');
  const error = statusError(config, status, info);
  assert.equal(error.arguments.verb, 'create');
  assert.equal(error.arguments.rule, 'verbs: ["create"], resources: ["pods/portforward"]');
  assert.match(String(error.arguments.reason), /requires get and create/);
});

test('a 403 with impersonation names the impersonated user and the API group of the rule', () => {
  const acting = { ...config, impersonate: { user: 'jane' } };
  const info = requestInfo('GET', '/apis/apps/v1/namespaces/demo/deployments/web');
  const error = statusError(acting, { code: 403, message: 'no' }, info);
  assert.equal(error.arguments.user, 'jane');
  assert.equal(error.arguments.rule, 'verbs: ["get"], resources: ["deployments"], apiGroups: ["apps"]');
});

test('a 404 is recognized by status code and kind, not by its text', async () => {
  const status = await readStatus(response(404, apiFixtureText('notfound-pod.json')));
  assert.deepEqual(status, {
    code: 404,
    message: 'pods "nope" not found',
    reason: 'NotFound',
    kind: 'pods',
    name: 'nope',
  });
  const error = statusError(config, status);
  assert.equal(error.code, 'API_ERROR');
  assert.equal(error.message, 'https://cluster.example:6443 returned 404: pods "nope" not found');
  assert.ok(isStatus(error, 404, 'pods') && !isStatus(error, 404, 'services') && !isStatus(error, 403));
});

test('a 401 asks to sign in again', () => {
  const error = statusError(config, { code: 401, message: 'Unauthorized' });
  assert.equal(error.code, 'UNAUTHORIZED');
  assert.match(error.message, /credentials of user "tester"/);
});

test('an error of a proxy is its reason phrase for HTML, and the first line of plain text', async () => {
  const html = await readStatus(response(502, '<html>nginx</html>', { 'content-type': 'text/html' }));
  assert.equal(html.message, 'A Reason Phrase');
  const plain = await readStatus(response(503, 'no backend\nmore', { 'content-type': 'text/plain' }));
  assert.equal(plain.message, 'no backend');
  const broken = await readStatus(response(500, '{"kind":"Stat'));
  assert.deepEqual(broken, { code: 500, message: 'A Reason Phrase' });
});

test('Retry-After and compressed bodies are understood', async () => {
  const body = gzipSync(apiFixtureText('notfound-pod.json'));
  const status = await readStatus(response(404, body, { 'content-encoding': 'gzip', 'retry-after': '7' }));
  assert.equal(status.message, 'pods "nope" not found');
  assert.equal(status.retryAfterSeconds, 7);
});

test('a body is read up to the limit only, and the response is ended', async () => {
  let chunksTaken = 0;
  const endless = Object.assign(
    Readable.from(
      (function* () {
        for (;;) {
          chunksTaken += 1;
          yield Buffer.alloc(1024, 'x');
        }
      })(),
    ),
    { statusCode: 500, statusMessage: 'Oops', headers: { 'content-type': 'text/html' } },
  ) as unknown as IncomingMessage;
  const status = await readStatus(endless, 8 * 1024);
  assert.equal(status.message, 'Oops');
  assert.ok(endless.destroyed);
  assert.ok(chunksTaken < 100, `${chunksTaken} chunks read`);
});

test('a gzip bomb in an error body is not decompressed', async () => {
  const bomb = gzipSync(Buffer.alloc(10 * 1024 * 1024));
  const status = await readStatus(response(500, bomb, { 'content-encoding': 'gzip' }));
  assert.equal(status.message, 'A Reason Phrase');
});

test('control characters of a server do not reach the message', () => {
  const error = statusError(config, { code: 500, message: 'bad \u001b[31mred' });
  assert.ok(!error.message.includes('\u001b'));
});

test('credentials that an answer repeats are redacted', () => {
  for (const text of [
    "you sent {'Authorization': 'Bearer planted-token'}",
    'Authorization: Bearer planted-token',
    '{"authorization":"Basic planted-token"}',
    'Proxy-Authorization: planted-token',
  ]) {
    const redacted = withoutCredentials(text);
    assert.ok(!redacted.includes('planted-token'), redacted);
    assert.match(redacted, /\[redacted\]/);
  }
  const harmless = 'pods "web" is forbidden: User "jane" cannot create resource "pods/portforward"';
  assert.equal(withoutCredentials(harmless), harmless);
});
