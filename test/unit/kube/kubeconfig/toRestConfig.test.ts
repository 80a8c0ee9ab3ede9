import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ErrorCode } from '../../../../src/base/errors.ts';
import { createCertificateAuthority } from '../../../../src/demo/certificates.ts';
import type { CredentialCluster } from '../../../../src/kube/credentials/credentialOptions.ts';
import { staticCredentials } from '../../../../src/kube/credentials/staticCredentials.ts';
import { parseKubeconfig } from '../../../../src/kube/kubeconfig/kubeconfigFile.ts';
import type { RestConfigOverrides } from '../../../../src/kube/kubeconfig/restConfigOverrides.ts';
import { toRestConfig } from '../../../../src/kube/kubeconfig/toRestConfig.ts';
import { coded, rejection } from '../../../support/coded.ts';
import { never } from '../../../support/never.ts';
import { temporaryDirectory } from '../../../support/temporaryDirectory.ts';
import { expiredCertificate, testAuthority } from '../../../support/testCertificates.ts';

const { certificate: authority } = await testAuthority();

const clusters = `
clusters:
- {name: plain, cluster: {server: "https://k.example:6443"}}
- {name: prefix, cluster: {server: "https://rancher.example/k8s/clusters/c-1", tls-server-name: inner}}
- {name: proxied, cluster: {server: "https://k.example", proxy-url: "socks5://me:pw@proxy:1080"}}
- {name: badproxy, cluster: {server: "https://k.example", proxy-url: "ftp://me:pw@proxy"}}
- {name: bare, cluster: {server: "k.example:8080"}}
- {name: insecure, cluster: {server: "k.example", insecure-skip-tls-verify: true}}
- {name: caTwice, cluster: {server: "https://k.example", certificate-authority: /gone, certificate-authority-data: QUE=}}
- {name: caInsecure, cluster: {server: "https://k.example", certificate-authority: /gone, insecure-skip-tls-verify: true}}
- {name: noserver, cluster: {}}
- {name: badserver, cluster: {server: "https://"}}
- {name: goneca, cluster: {server: "https://k.example", certificate-authority: /gone/ca.crt}}
- {name: garbageca, cluster: {server: "https://k.example", certificate-authority-data: bm90IGEgY2VydA==}}
`;
const users = `
users:
- {name: token, user: {token: abc}}
- {name: basic, user: {username: me, password: pw}}
- {name: acting, user: {token: abc, as: jane, as-groups: [dev], as-uid: u1, as-user-extra: {scopes: [x]}}}
- {name: groupsonly, user: {as-groups: [dev]}}
- {name: gcp, user: {auth-provider: {name: gcp, config: {access-token: abc}}}}
- {name: nothing, user: {}}
- {name: faulty, user: {exec: {args: [a]}}}
- {name: broken, user: {token: 12}}
- {name: nobody, user: {as-groups: [], as-user-extra: {}}}
`;
const contexts = `
current-context: main
contexts:
- {name: main, context: {cluster: plain, user: token, namespace: shop}}
- {name: nocluster, context: {user: token}}
- {name: lostcluster, context: {cluster: lost, user: token}}
- {name: lostuser, context: {cluster: plain, user: lost}}
- {name: anonymous, context: {cluster: plain}}
`;

async function resolve(
  overrides: RestConfigOverrides = {},
  {
    text = clusters + users + contexts,
    environment = {},
  }: { text?: string; environment?: Record<string, string> } = {},
) {
  const kubeconfig = { ...parseKubeconfig(text, '/k'), paths: ['/k'], defaultNamespace: 'default' };
  return await toRestConfig(kubeconfig, overrides, { environment, homeFolder: '/' });
}

const fails = (code: ErrorCode, overrides: RestConfigOverrides, text?: string) =>
  rejection(resolve(overrides, text === undefined ? {} : { text }), code);

test('the current context gives cluster, user and namespace', async () => {
  const { restConfig, namespace, contextName } = await resolve();
  assert.equal(contextName, 'main');
  assert.equal(namespace, 'shop');
  assert.equal(restConfig.server.href, 'https://k.example:6443/');
  assert.equal(restConfig.credentials.user, 'token');
  assert.deepEqual(await restConfig.credentials.get(never), { authorization: 'Bearer abc' });
  assert.deepEqual(restConfig.tls, {});
  assert.equal(restConfig.proxy, undefined);
  assert.equal(restConfig.impersonate, undefined);
  assert.equal(restConfig.requestTimeoutMs, undefined);
});

test('each flag replaces context, cluster, user or namespace alone', async () => {
  const { restConfig, namespace, contextName } = await resolve({
    context: 'anonymous',
    cluster: 'prefix',
    user: 'basic',
    namespace: 'other',
    requestTimeoutMs: 5000,
  });
  assert.equal(contextName, 'anonymous');
  assert.equal(namespace, 'other');
  assert.equal(restConfig.server.pathname, '/k8s/clusters/c-1');
  assert.deepEqual(restConfig.tls, { serverName: 'inner' });
  assert.deepEqual(await restConfig.credentials.get(never), { authorization: 'Basic bWU6cHc=' });
  assert.equal(restConfig.requestTimeoutMs, 5000);
});

test("a server flag drops the kubeconfig's name for the certificate of the other server", async () => {
  const server = 'https://10.0.0.1:6443';
  const tlsWith = async (overrides: RestConfigOverrides) =>
    (await resolve({ cluster: 'prefix', ...overrides })).restConfig.tls;
  assert.deepEqual(await tlsWith({ server }), {});
  assert.deepEqual(await tlsWith({ server, tlsServerName: 'given' }), { serverName: 'given' });
  assert.deepEqual(await tlsWith({ tlsServerName: 'given' }), { serverName: 'given' });
});

test('a server flag keeps the trust and the proxy of the kubeconfig, as with kubectl', async () => {
  const server = 'https://10.0.0.1:6443';
  const insecure = await resolve({ cluster: 'insecure', server });
  assert.deepEqual(insecure.restConfig.tls, { insecureSkipVerify: true });
  const proxied = await resolve({ cluster: 'proxied', server });
  assert.equal(proxied.restConfig.proxy?.host, 'proxy:1080');
});

test('a context without a user is anonymous in the default namespace', async () => {
  const { restConfig, namespace } = await resolve({ context: 'anonymous' });
  assert.equal(namespace, 'default');
  assert.equal(restConfig.credentials.user, 'anonymous');
  assert.deepEqual(await restConfig.credentials.get(never), {});
  assert.equal(restConfig.credentials.invalidate({}), false);
});

test('a server and token need no kubeconfig', async () => {
  const { restConfig, contextName } = await resolve(
    { server: 'https://10.0.0.1:6443', token: 't' },
    { text: '' },
  );
  assert.equal(contextName, undefined);
  assert.equal(restConfig.server.host, '10.0.0.1:6443');
  assert.deepEqual(await restConfig.credentials.get(never), { authorization: 'Bearer t' });
});

test('a token flag replaces every credential of the user', async () => {
  const { restConfig } = await resolve({ user: 'gcp', token: 't' });
  assert.equal(restConfig.credentials.user, 'gcp');
  assert.deepEqual(await restConfig.credentials.get(never), { authorization: 'Bearer t' });
  const lost = await resolve({ context: 'lostuser', token: 't' });
  assert.deepEqual(await lost.restConfig.credentials.get(never), { authorization: 'Bearer t' });
});

test("a client certificate from flags replaces the user's and keeps the other credentials", async () => {
  const authority = await createCertificateAuthority('clients');
  const [own, given] = [await authority.issueClient('own', []), await authority.issueClient('given', [])];
  await using folder = await temporaryDirectory();
  const paths = { clientCertificate: join(folder.path, 'me.pem'), clientKey: join(folder.path, 'me.key') };
  await writeFile(paths.clientCertificate, given.certificate);
  await writeFile(paths.clientKey, given.key);
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const user = {
    token: 'abc',
    'client-certificate-data': base64(own.certificate),
    'client-key-data': base64(own.key),
  };
  const text = `${clusters}users: ${JSON.stringify([{ name: 'token', user }])}\n${contexts}`;
  const clientCertificate = { certificate: given.certificate, key: given.key };
  const credentialsWith = async (overrides: RestConfigOverrides, kubeconfig?: string) => {
    const { restConfig } = await resolve(overrides, kubeconfig === undefined ? {} : { text: kubeconfig });
    return await restConfig.credentials.get(never);
  };
  assert.deepEqual(await credentialsWith(paths, text), { authorization: 'Bearer abc', clientCertificate });
  assert.deepEqual(await credentialsWith({ ...paths, token: 't' }, text), {
    authorization: 'Bearer t',
    clientCertificate,
  });
  assert.deepEqual(await credentialsWith({ ...paths, server: 'https://10.0.0.1:6443' }, ''), {
    clientCertificate,
  });
  await assert.rejects(credentialsWith({ clientCertificate: paths.clientCertificate }), {
    code: 'TLS',
    message: /client-key is missing/,
  });
});

test('a server without a scheme is HTTP, whatever the certificate settings say', async () => {
  assert.equal((await resolve({ cluster: 'bare' })).restConfig.server.href, 'http://k.example:8080/');
  const insecure = (await resolve({ cluster: 'insecure' })).restConfig;
  assert.equal(insecure.server.href, 'http://k.example/');
  assert.deepEqual(insecure.tls, { insecureSkipVerify: true });
});

test("a certificate authority is read from a file, and a flag wins over the kubeconfig's data", async () => {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, 'ca.crt');
  await writeFile(path, authority);
  const { restConfig } = await resolve({ cluster: 'garbageca', certificateAuthority: path });
  assert.deepEqual(restConfig.tls, { certificateAuthority: authority });
});

test('a broken bundle, no certificate and no file are TLS errors before a connection', async () => {
  assert.match((await fails('TLS', { cluster: 'goneca' })).message, /\/gone\/ca\.crt cannot be read: ENOENT/);
  assert.match((await fails('TLS', { cluster: 'garbageca' })).message, /-data contains no PEM certificate/);
  await using directory = await temporaryDirectory();
  const path = join(directory.path, 'ca.crt');
  await writeFile(path, '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n');
  const error = await fails('TLS', { certificateAuthority: path });
  assert.match(error.message, /contains an invalid certificate/);
});

test('credentials get the address as the user wrote it, as plugins get it from kubectl, and the chosen proxy', async () => {
  const clusterFor = async (server: string, overrides: RestConfigOverrides = {}) => {
    const text = JSON.stringify({ clusters: [{ name: 'k', cluster: { server } }], contexts: [] });
    const kubeconfig = { ...parseKubeconfig(text, '/k'), paths: ['/k'], defaultNamespace: 'default' };
    const given: CredentialCluster[] = [];
    await toRestConfig(
      kubeconfig,
      { cluster: 'k', ...overrides },
      {
        environment: { HTTPS_PROXY: 'http://corporate:3128' },
        homeFolder: '/',
        credentialsFor: (_user, cluster) => {
          given.push(cluster);
          return staticCredentials('me', {});
        },
      },
    );
    return given.map((cluster) => [cluster.server, cluster.url.href, cluster.proxy?.host])[0];
  };
  for (const server of ['https://k:6443', 'https://k:443', 'https://K/a/']) {
    assert.deepEqual(await clusterFor(server), [server, new URL(server).href, 'corporate:3128']);
  }
  assert.deepEqual(await clusterFor('k:8080'), ['k:8080', 'http://k:8080/', undefined]);
  const server = 'https://other:443';
  assert.deepEqual(await clusterFor('https://k', { server }), [server, 'https://other/', 'corporate:3128']);
});

test('an error about a client certificate does not show the password of the server address', async () => {
  const { certificate, key } = await expiredCertificate();
  const base64 = (pem: string) => Buffer.from(pem).toString('base64');
  const user = { 'client-certificate-data': base64(certificate), 'client-key-data': base64(key) };
  const text = JSON.stringify({
    clusters: [{ name: 'k', cluster: { server: 'https://me:planted-secret@k.example' } }],
    users: [{ name: 'me', user }],
  });
  const { restConfig } = await resolve({ cluster: 'k', user: 'me' }, { text });
  await assert.rejects(
    restConfig.credentials.get(never),
    coded('TLS', 'https://k.example', 'planted-secret'),
  );
});

test('the proxy of the cluster wins over the environment', async () => {
  const environment = { HTTPS_PROXY: 'http://corporate:3128' };
  const cluster = (await resolve({ cluster: 'proxied' }, { environment })).restConfig.proxy;
  assert.equal(cluster?.href, 'socks5://me:pw@proxy:1080');
  assert.equal((await resolve({}, { environment })).restConfig.proxy?.host, 'corporate:3128');
  const error = await fails('KUBECONFIG_INVALID', { cluster: 'badproxy' });
  assert.ok(!error.message.includes('pw'), 'no password in the error');
  assert.equal(error.arguments.line, 6);
});

test('impersonation comes from the kubeconfig or from flags', async () => {
  assert.deepEqual((await resolve({ user: 'acting' })).restConfig.impersonate, {
    user: 'jane',
    uid: 'u1',
    groups: ['dev'],
    extra: { scopes: ['x'] },
  });
  assert.deepEqual((await resolve({ as: 'joe', asGroups: ['a'], asUid: '7' })).restConfig.impersonate, {
    user: 'joe',
    uid: '7',
    groups: ['a'],
  });
  await fails('USAGE', { user: 'groupsonly' });
  assert.equal((await resolve({ user: 'nobody' })).restConfig.impersonate, undefined);
});

test('a missing name is reported with the existing names', async () => {
  const context = await fails('CONTEXT_NOT_FOUND', { context: 'lost' });
  assert.match(context.message, /"lost" not found; available: "main", "nocluster"/);
  await fails('CONTEXT_NOT_FOUND', {}, `${clusters}${users}current-context: lost\ncontexts: []\n`);
  const current = await fails('NO_CURRENT_CONTEXT', {}, 'contexts: [{name: a, context: {cluster: c}}]');
  assert.match(current.message, /available: "a"$/);
  const none = await fails('NO_CONTEXTS', {}, '');
  assert.match(none.message, /^kubeconfig \/k has no contexts/);
  await fails('CLUSTER_NOT_FOUND', { context: 'lostcluster' });
  await fails('CLUSTER_NOT_FOUND', { cluster: 'lost' });
  await fails('USER_NOT_FOUND', { context: 'lostuser' });
  await fails('USER_NOT_FOUND', { user: 'lost' });
});

test('an unusable entry is reported with its line', async () => {
  assert.equal((await fails('KUBECONFIG_INVALID', { cluster: 'noserver' })).arguments.line, 11);
  assert.equal((await fails('KUBECONFIG_INVALID', { cluster: 'badserver' })).arguments.line, 12);
  await fails('KUBECONFIG_INVALID', { context: 'nocluster' });
  await fails('USAGE', { server: 'ftp://x' });
  for (const user of ['faulty', 'broken']) {
    const { line, reason } = (await fails('KUBECONFIG_INVALID', { user })).arguments;
    assert.match(
      `${line}: ${reason}`,
      user === 'faulty' ? /^\d+: users\[6\]\.user\.exec\.command/ : /^\d+: users\[7\]\.user\.token/,
    );
  }
});

test('an authority given twice, or beside insecure-skip-tls-verify, is refused, and flags replace it', async () => {
  for (const cluster of ['caTwice', 'caInsecure']) {
    assert.match((await fails('KUBECONFIG_INVALID', { cluster })).message, /remove one$/);
    const { tls } = (await resolve({ cluster, insecureSkipTlsVerify: true })).restConfig;
    assert.deepEqual(tls, { insecureSkipVerify: true });
  }
  await fails('USAGE', { insecureSkipTlsVerify: true, certificateAuthority: '/gone' });
});

test('context, cluster and user may have empty names, also as the current ones', async () => {
  const text = `clusters: [{cluster: {server: "https://k.example"}}]\nusers: [{name: "", user: {token: abc}}]\ncontexts: [{context: {namespace: shop}}]\n`;
  for (const current of ['', 'current-context: ""\n']) {
    const { restConfig, namespace, contextName } = await resolve({}, { text: text + current });
    assert.deepEqual([restConfig.server.href, namespace, contextName], ['https://k.example/', 'shop', '']);
    const { authorization } = await restConfig.credentials.get(new AbortController().signal);
    assert.equal(authorization, 'Bearer abc');
  }
});

test('an auth-provider that Kubernetes removed is refused with its replacement', async () => {
  const { restConfig } = await resolve({ user: 'gcp' });
  await assert.rejects(
    restConfig.credentials.get(never),
    coded('CREDENTIALS_FAILED', /gke-gcloud-auth-plugin/),
  );
});

test('no token of the kubeconfig or command line is sent over plain HTTP, as with kubectl', async () => {
  const directory = { environment: {}, homeFolder: '/nowhere' };
  const kubeconfig = parseKubeconfig(
    JSON.stringify({
      clusters: [{ name: 'k', cluster: { server: 'https://k:6443' } }],
      users: [{ name: 'u', user: { token: 'planted-token' } }],
      contexts: [{ name: 'c', context: { cluster: 'k', user: 'u' } }],
      'current-context': 'c',
    }),
    'config',
  );
  const credentialsWith = async (overrides: RestConfigOverrides) => {
    const loaded = { ...kubeconfig, paths: [], defaultNamespace: 'default' };
    const { restConfig } = await toRestConfig(loaded, overrides, directory);
    return await restConfig.credentials.get(new AbortController().signal);
  };
  assert.deepEqual(await credentialsWith({}), { authorization: 'Bearer planted-token' });
  assert.deepEqual(await credentialsWith({ server: 'http://k:8080' }), {});
  assert.deepEqual(await credentialsWith({ server: 'http://k:8080', token: 'other' }), {});
});
