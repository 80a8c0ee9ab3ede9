import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { test } from 'node:test';
import { isCoded } from '../../../../src/base/errors.ts';
import { OidcCredentials } from '../../../../src/kube/credentials/oidcCredentials.ts';
import { answerJson, startHttpServer, type TestServer } from '../../../support/httpServer.ts';

const never = new AbortController().signal;
const NOW_MS = Date.UTC(2026, 0, 1);

function idToken(expiresInSeconds: number, subject = 'me'): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part({ sub: subject, exp: NOW_MS / 1000 + expiresInSeconds })}.sig`;
}

interface Provider extends AsyncDisposable {
  readonly issuer: string;
  /** The forms that were posted, with the Authorization header. */
  readonly forms: Record<string, string>[];
}

/** An identity provider that answers the refresh with the next of these: a status, or tokens. */
async function startProvider(...answers: (number | object)[]): Promise<Provider> {
  const forms: Record<string, string>[] = [];
  const read = async (request: IncomingMessage) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { authorization } = request.headers;
    forms.push({ ...Object.fromEntries(new URLSearchParams(body)), ...(authorization && { authorization }) });
  };
  const server: TestServer = await startHttpServer(async (request, response) => {
    if (request.url === '/realm/.well-known/openid-configuration') {
      return answerJson(response, 200, { token_endpoint: new URL('/token?p=1', server.url).href });
    }
    assert.equal(request.url, '/token?p=1');
    await read(request);
    const answer = answers.shift() ?? 500;
    if (typeof answer === 'number') return answerJson(response, answer, { error: 'invalid_client' });
    answerJson(response, 200, answer);
  });
  return {
    issuer: new URL('/realm/', server.url).href,
    forms,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

function source(config: Record<string, string>, now = NOW_MS) {
  return new OidcCredentials({ user: 'me', config, environment: {}, wallClock: () => now });
}

async function rejects(promise: Promise<unknown>, reason: RegExp): Promise<void> {
  await assert.rejects(promise, (error) => {
    assert.ok(isCoded(error, 'CREDENTIALS_FAILED'), String(error));
    assert.match(error.message, reason);
    assert.ok(!`${error.stack}${String(error.cause)}`.includes('planted-secret'));
    return true;
  });
}

test('an id token that is still good is used as it is', async () => {
  const token = idToken(60);
  assert.deepEqual(await source({ 'id-token': token }).get(never), { authorization: `Bearer ${token}` });
});

test('an expired one is renewed, once for all who wait, and with the newest refresh token', async () => {
  const [second, third] = [idToken(3600), idToken(7200, 'third')];
  await using provider = await startProvider(
    { id_token: second, refresh_token: 'r2' },
    { id_token: third, refresh_token: 'r3' },
  );
  const oidc = source({
    'id-token': idToken(5),
    'refresh-token': 'r1',
    'client-id': 'kube',
    'client-secret': 's:cret',
    'idp-issuer-url': provider.issuer,
  });
  const [one, two] = await Promise.all([oidc.get(never), oidc.get(never)]);
  assert.deepEqual(one, { authorization: `Bearer ${second}` });
  assert.deepEqual(two, one);
  assert.deepEqual(await oidc.get(never), one);
  const authorization = `Basic ${Buffer.from('kube:s%3Acret').toString('base64')}`;
  assert.deepEqual(provider.forms, [{ grant_type: 'refresh_token', refresh_token: 'r1', authorization }]);

  assert.equal(oidc.invalidate(one), true);
  assert.deepEqual(await oidc.get(never), { authorization: `Bearer ${third}` });
  assert.equal(provider.forms[1]?.refresh_token, 'r2');
  assert.equal(oidc.invalidate(one), true, 'a newer one is there already');
  assert.equal(provider.forms.length, 2);
});

test('a provider that wants the secret in the form gets it there; a public client has none', async () => {
  const token = idToken(3600);
  await using provider = await startProvider(401, { id_token: token }, { id_token: token });
  const config = { 'refresh-token': 'r1', 'client-id': 'kube', 'idp-issuer-url': provider.issuer };
  await source({ ...config, 'client-secret': 's' }).get(never);
  assert.deepEqual(provider.forms[1], {
    grant_type: 'refresh_token',
    refresh_token: 'r1',
    client_id: 'kube',
    client_secret: 's',
  });
  await source(config).get(never);
  assert.deepEqual(provider.forms[2], {
    grant_type: 'refresh_token',
    refresh_token: 'r1',
    client_id: 'kube',
  });
});

test('what cannot be renewed says so, without the tokens', async () => {
  const expired = idToken(-5);
  await rejects(
    source({ 'id-token': expired }).get(never),
    /id-token has expired and there is no refresh-token/,
  );
  await rejects(
    source({ 'id-token': expired, 'refresh-token': 'planted-secret' }).get(never),
    /lacks idp-issuer-url or client-id/,
  );
  const config = { 'id-token': 'garbage', 'refresh-token': 'planted-secret', 'client-id': 'kube' };
  await rejects(source({ ...config, 'idp-issuer-url': 'http://idp.example' }).get(never), /no https address/);
  await using provider = await startProvider(400, 400, {});
  const working = { ...config, 'idp-issuer-url': provider.issuer, 'client-secret': 'planted-secret' };
  await rejects(source(working).get(never), /does not renew its token: sign in again/);
  await rejects(source(working).get(never), /gave no id token/);
  await using noProvider = await startHttpServer((_request, response) => answerJson(response, 404, {}));
  await rejects(source({ ...config, 'idp-issuer-url': noProvider.url.href }).get(never), /is none/);
});

test('a refused token without a way to renew it stays refused', async () => {
  const token = idToken(3600);
  const oidc = source({ 'id-token': token });
  assert.equal(oidc.invalidate({ authorization: `Bearer ${token}` }), false);
});
