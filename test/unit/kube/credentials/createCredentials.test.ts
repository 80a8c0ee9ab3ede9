import assert from 'node:assert/strict';
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { test } from 'node:test';
import type { ErrorCode } from '../../../../src/base/errors.ts';
import { createCredentials } from '../../../../src/kube/credentials/createCredentials.ts';
import { isSignInSource } from '../../../../src/kube/credentials/signIn.ts';
import { parseKubeconfig } from '../../../../src/kube/kubeconfig/kubeconfigFile.ts';
import { coded } from '../../../support/coded.ts';
import { createTestPlugin, PLUGIN_PATH } from '../../../support/execPlugin.ts';
import { freePort } from '../../../support/localPorts.ts';
import { never } from '../../../support/never.ts';
import { expiredCertificate, testAuthority } from '../../../support/testCertificates.ts';

/** A server that refuses connections: nothing listens on port 1. */
const cluster = { server: 'https://127.0.0.1:1', url: new URL('https://127.0.0.1:1') };
const options = { environment: {}, homeFolder: '/' };
const pair = await (await testAuthority()).issueClient('me', []);
const base64 = (text: string) => Buffer.from(text).toString('base64');
const certificate = {
  ...{ 'client-certificate-data': base64(pair.certificate), 'client-key-data': base64(pair.key) },
};

function create(user: object, more = options) {
  const { users } = parseKubeconfig(JSON.stringify({ users: [{ name: 'me', user }] }), '/k');
  return createCredentials(users[0], cluster, more);
}

test('a user without credentials and no user are anonymous', async () => {
  assert.deepEqual(await create({}).get(never), {});
  const nobody = createCredentials(undefined, cluster, options);
  assert.equal(nobody.user, 'anonymous');
  assert.deepEqual(await nobody.get(never), {});
});

test('a token, a name and password, or a client certificate wins over a plugin', async () => {
  const exec = {
    command: '/gone',
    apiVersion: 'client.authentication.k8s.io/v1',
    interactiveMode: 'IfAvailable',
  };
  const name = { username: 'me', password: 'pw' };
  assert.deepEqual(await create({ token: 'abc', exec }).get(never), {
    authorization: 'Bearer abc',
  });
  assert.deepEqual(await create({ ...name, exec }).get(never), { authorization: 'Basic bWU6cHc=' });
  assert.deepEqual(Object.keys(await create({ ...certificate, exec }).get(never)), ['clientCertificate']);
  await assert.rejects(create({ exec }).get(never), coded('CREDENTIALS_FAILED'));
});

test('a client certificate is combined with a token', async () => {
  assert.deepEqual(Object.keys(await create(certificate).get(never)), ['clientCertificate']);
  const both = await create({ ...certificate, token: 'abc' }).get(never);
  assert.deepEqual(new Set(Object.keys(both)), new Set(['authorization', 'clientCertificate']));
});

test('a person can sign in if the credentials come from a plugin', async () => {
  await using plugin = await createTestPlugin();
  const apiVersion = 'client.authentication.k8s.io/v1';
  const exec = {
    apiVersion,
    command: process.execPath,
    args: [PLUGIN_PATH, 'fail'],
    interactiveMode: 'IfAvailable',
  };
  const source = create({ exec }, { ...options, environment: plugin.environment });
  assert.ok(isSignInSource(source) && !source.needsSignIn);
  await assert.rejects(source.get(never), coded('UNREACHABLE'));
  assert.ok(source.needsSignIn);
  await assert.rejects(source.signIn(never), coded('UNREACHABLE'));
  assert.equal(plugin.runs().length, 2);
  assert.ok(!isSignInSource(create({ token: 'abc' })));
});

test('a plugin that failed needs a person if the server or its proxy can be reached, else the server is unreachable', async (t) => {
  await using plugin = await createTestPlugin();
  const listener = net.createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  t.after(() => listener.close());
  await once(listener, 'listening');
  const there = `127.0.0.1:${(listener.address() as AddressInfo).port}`;
  const gone = `127.0.0.1:${await freePort()}`;
  const reject = async (code: ErrorCode, address: string, proxy?: string) => {
    const user = { name: 'me', source: { path: '/k', line: 1 }, exec: plugin.config('fail') };
    const server = `https://${address}`;
    const place = { server, url: new URL(server), ...(proxy && { proxy: new URL(proxy) }) };
    const source = createCredentials(user, place, { ...options, environment: plugin.environment });
    await assert.rejects(source.get(never), coded(code));
    assert.ok(isSignInSource(source) && source.canSignIn, 'the login may open a VPN');
    assert.equal(source.needsPerson, code === 'CREDENTIALS_FAILED');
  };
  await reject('CREDENTIALS_FAILED', there);
  await reject('UNREACHABLE', gone);
  await reject('CREDENTIALS_FAILED', gone, `http://${there}`);
  await reject('PROXY_FAILED', there, `http://${gone}`);
});

test('the auth-provider oidc works, and others name their replacement', async () => {
  const provider = (name: string, config = {}) => create({ 'auth-provider': { name, config } }).get(never);
  const payload = Buffer.from(JSON.stringify({ exp: 9e9 })).toString('base64url');
  assert.deepEqual(await provider('oidc', { 'id-token': `h.${payload}.s` }), {
    authorization: `Bearer h.${payload}.s`,
  });
  await assert.rejects(
    provider('gcp'),
    /"gcp" is not supported, use the exec plugin gke-gcloud-auth-plugin instead/,
  );
  await assert.rejects(provider('azure'), /use the exec plugin kubelogin instead/);
  await assert.rejects(provider('mine'), /"mine" is not supported, use an exec plugin instead/);
});

test('an expired client certificate is left out beside a token, and reported alone', async () => {
  const { certificate: text, key } = await expiredCertificate();
  const base64 = (pem: string) => Buffer.from(pem).toString('base64');
  const expired = { 'client-certificate-data': base64(text), 'client-key-data': base64(key) };
  assert.deepEqual(await create({ ...expired, token: 'abc' }).get(never), { authorization: 'Bearer abc' });
  await assert.rejects(create(expired).get(never), coded('TLS', /client certificate expired on/));
});
