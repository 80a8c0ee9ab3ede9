import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { test } from 'node:test';
import { OidcCredentials } from '../../../../src/kube/credentials/oidcCredentials.ts';
import type { Credentials } from '../../../../src/rest/restConfig.ts';
import { coded } from '../../../support/coded.ts';
import { answerJson, startHttpServer, type TestServer } from '../../../support/httpServer.ts';
import { never } from '../../../support/never.ts';

const NOW_MS = Date.UTC(2026, 0, 1);

function idToken(expiresInSeconds: number, claims: object = {}, header: object = { alg: 'RS256' }): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const now = NOW_MS / 1000;
  const usual = { sub: 'me', aud: 'kube', iat: now, exp: now + expiresInSeconds };
  return `${part(header)}.${part({ ...usual, ...claims })}.c2ln`;
}

interface Provider extends AsyncDisposable {
  readonly issuer: string;
  /** The forms that were posted to the provider. Each also contains the Authorization header, if there was one. */
  readonly forms: Record<string, string>[];
}

/** Returns the body of a provider's answer, for a provider whose issuer URL is `issuer`. */
type Answer = (issuer: string) => object;

/** Returns an answer with an id token for the client `kube`. */
function tokens(expiresInSeconds: number, claims: object = {}, more: object = {}): Answer {
  return (iss) => ({
    access_token: 'planted-secret-access',
    token_type: 'Bearer',
    id_token: idToken(expiresInSeconds, { iss, ...claims }),
    ...more,
  });
}

/** Starts an identity provider. It answers each refresh with the next of `answers`: an error status, or tokens. */
async function startProvider(...answers: (number | Answer)[]): Promise<Provider> {
  return await startProviderNamed('/realm/', ...answers);
}

/** @param name the path of the issuer URL that the provider reports */
async function startProviderNamed(name: string, ...answers: (number | Answer)[]): Promise<Provider> {
  const forms: Record<string, string>[] = [];
  const read = async (request: IncomingMessage) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { authorization } = request.headers;
    forms.push({ ...Object.fromEntries(new URLSearchParams(body)), ...(authorization && { authorization }) });
  };
  const server: TestServer = await startHttpServer(async (request, response) => {
    if (request.url === '/realm/.well-known/openid-configuration') {
      const address = (path: string) => new URL(path, server.url).href;
      return answerJson(response, 200, { issuer: address(name), token_endpoint: address('/token?p=1') });
    }
    assert.equal(request.url, '/token?p=1');
    await read(request);
    const answer = answers.shift() ?? 500;
    if (typeof answer === 'number') return answerJson(response, answer, { error: 'invalid_client' });
    answerJson(response, 200, answer(new URL(name, server.url).href));
  });
  return {
    issuer: new URL(name === '/other' ? '/realm/' : name.replace(/\/?$/, '/'), server.url).href,
    forms,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

function source(config: Record<string, string>, now = NOW_MS) {
  return new OidcCredentials({ user: 'me', config, environment: {}, wallClock: () => now });
}

const rejects = (promise: Promise<unknown>, reason: RegExp) =>
  assert.rejects(promise, coded('CREDENTIALS_FAILED', reason, 'planted-secret'));

test('a valid id token is used unchanged', async () => {
  const token = idToken(60);
  assert.deepEqual(await source({ 'id-token': token }).get(never), { authorization: `Bearer ${token}` });
});

test('an expired id token is renewed once for all callers, with the newest refresh token', async () => {
  await using provider = await startProvider(
    tokens(3600, {}, { refresh_token: 'r2' }),
    tokens(7200, { sub: 'third' }, { refresh_token: 'r3' }),
  );
  const second = idToken(3600, { iss: provider.issuer });
  const oidc = source({
    'id-token': idToken(5),
    'refresh-token': 'r1',
    'client-id': 'kube',
    'client-secret': 's:cret',
    'idp-issuer-url': provider.issuer,
  });
  const [one, two] = await Promise.all([oidc.get(never), oidc.get(never)]);
  assert.deepEqual(claimsOf(one), claimsOf({ authorization: `Bearer ${second}` }));
  assert.deepEqual(two, one);
  assert.deepEqual(await oidc.get(never), one);
  const authorization = `Basic ${Buffer.from('kube:s%3Acret').toString('base64')}`;
  assert.deepEqual(provider.forms, [{ grant_type: 'refresh_token', refresh_token: 'r1', authorization }]);

  assert.equal(oidc.invalidate(one), true);
  assert.equal(claimsOf(await oidc.get(never)).sub, 'third');
  assert.equal(provider.forms[1]?.refresh_token, 'r2');
  assert.equal(oidc.invalidate(one), true, 'a newer one is there already');
  assert.equal(provider.forms.length, 2);
});

test('a provider that wants the secret in the form gets it there; a public client has none', async () => {
  await using provider = await startProvider(401, tokens(3600), tokens(3600));
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

test('a secret with signs and spaces is encoded in the header as by kubectl', async () => {
  await using provider = await startProvider(tokens(3600));
  await source({
    'refresh-token': 'r1',
    'client-id': 'kube',
    'client-secret': "a b!*'()~-_.:%+é",
    'idp-issuer-url': provider.issuer,
  }).get(never);
  const header = provider.forms[0]?.authorization?.replace('Basic ', '') ?? '';
  // The output of `url.QueryEscape` of Go.
  assert.equal(Buffer.from(header, 'base64').toString(), 'kube:a+b%21%2A%27%28%29~-_.%3A%25%2B%C3%A9');
});

test('a provider whose own name differs by a slash at the end renews', async () => {
  await using provider = await startProviderNamed('/realm', tokens(3600));
  const config = { 'refresh-token': 'r1', 'client-id': 'kube' };
  const { iss } = claimsOf(await source({ ...config, 'idp-issuer-url': provider.issuer }).get(never));
  assert.equal(`${iss}/`, provider.issuer);
});

test('clocks may differ by minutes', async () => {
  const inTwoMinutes = NOW_MS / 1000 + 120;
  await using provider = await startProvider(tokens(3600, { iat: inTwoMinutes, nbf: inTwoMinutes }));
  const config = { 'refresh-token': 'r1', 'client-id': 'kube', 'idp-issuer-url': provider.issuer };
  assert.ok((await source(config).get(never)).authorization);
});

const INVALID: Readonly<Record<string, readonly [answer: Answer, reason: RegExp]>> = {
  'for another client': [tokens(3600, { aud: 'other' }), /"aud" \(audience\)/],
  'for several clients, and of another': [tokens(3600, { aud: ['kube', 'b'], azp: 'b' }), /"azp"/],
  'of another issuer': [tokens(3600, { iss: 'https://evil.example' }), /"iss" \(issuer\)/],
  'that expired ten minutes ago': [tokens(-600), /"exp" \(expiration time\)/],
  'that begins in an hour': [tokens(7200, { nbf: NOW_MS / 1000 + 3600 }), /"nbf" \(not before\)/],
  'that is not signed': [
    (iss) => ({ ...tokens(3600)(iss), id_token: idToken(3600, { iss }, { alg: 'none' }) }),
    /"alg" header/,
  ],
  'that is no JWT': [tokens(3600, {}, { id_token: 'planted-secret' }), /Invalid JWT/],
  'without an access token': [tokens(3600, {}, { access_token: undefined }), /"access_token"/],
};

for (const [name, [answer, reason]] of Object.entries(INVALID)) {
  test(`an id token ${name} is not used`, async () => {
    await using provider = await startProvider(answer);
    const config = {
      'refresh-token': 'planted-secret-refresh',
      'client-id': 'kube',
      'client-secret': 'planted-secret-client',
      'idp-issuer-url': provider.issuer,
    };
    await rejects(source(config).get(never), reason);
    assert.equal(provider.forms.length, 1, 'it was asked once');
  });
}

test('a failed renewal is reported without the tokens', async () => {
  const expired = idToken(-5);
  await rejects(
    source({ 'id-token': expired }).get(never),
    /id-token has expired and there is no refresh-token/,
  );
  await rejects(
    source({ 'id-token': expired, 'refresh-token': 'planted-secret' }).get(never),
    /needs idp-issuer-url and client-id/,
  );
  const config = { 'id-token': 'garbage', 'refresh-token': 'planted-secret', 'client-id': 'kube' };
  await rejects(source({ ...config, 'idp-issuer-url': 'http://idp.example' }).get(never), /not an https URL/);
  await using provider = await startProvider(400, 400, tokens(60, {}, { id_token: undefined }));
  const working = { ...config, 'idp-issuer-url': provider.issuer, 'client-secret': 'planted-secret' };
  await rejects(source(working).get(never), /did not renew the token: sign in again/);
  await rejects(source(working).get(never), /returned no ID token/);
  await using noProvider = await startHttpServer((_request, response) => answerJson(response, 404, {}));
  await rejects(
    source({ ...config, 'idp-issuer-url': noProvider.url.href }).get(never),
    /is not an OpenID Connect provider/,
  );
  await using other = await startProviderNamed('/other');
  await rejects(
    source({ ...config, 'idp-issuer-url': other.issuer }).get(never),
    /is not an OpenID Connect provider \(.*issuer/,
  );
});

test('a provider of this machine may use http, at every loopback address', async () => {
  const config = { 'refresh-token': 'r1', 'client-id': 'kube' };
  for (const host of ['localhost', '127.0.0.1', '[::1]'])
    await assert.rejects(
      source({ ...config, 'idp-issuer-url': `http://${host}:1` }).get(never),
      coded('UNREACHABLE'),
    );
});

test('a token endpoint without https is not asked', async () => {
  await using server = await startHttpServer((_request, response) =>
    answerJson(response, 200, { issuer: server.url.href, token_endpoint: 'http://idp.example/token' }),
  );
  const config = { 'refresh-token': 'r1', 'client-id': 'kube', 'idp-issuer-url': server.url.href };
  await rejects(source(config).get(never), /has an endpoint that is not an https URL/);
});

test('a refused token without a way to renew it stays refused', async () => {
  const token = idToken(3600);
  const oidc = source({ 'id-token': token });
  assert.equal(oidc.invalidate({ authorization: `Bearer ${token}` }), false);
});

function claimsOf({ authorization = '' }: Credentials): Record<string, unknown> {
  return JSON.parse(Buffer.from(authorization.split('.')[1] ?? '', 'base64url').toString());
}
