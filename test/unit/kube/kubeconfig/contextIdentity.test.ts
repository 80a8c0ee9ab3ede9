import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { entriesOf } from '../../../../src/kube/kubeconfig/chooseEntries.ts';
import { contextIdentity } from '../../../../src/kube/kubeconfig/contextIdentity.ts';
import { parseKubeconfig } from '../../../../src/kube/kubeconfig/kubeconfigFile.ts';

interface Parts {
  readonly cluster?: object;
  readonly user?: object;
  /** The name of the cluster and the user. If the name is empty, the context names neither of the two. */
  readonly name?: string;
}

const exec = {
  apiVersion: 'client.authentication.k8s.io/v1',
  command: 'login',
  args: ['--to', 'us'],
  interactiveMode: 'Never',
};

function identityOf({ cluster = {}, user = {}, name = 'c' }: Parts) {
  const text = JSON.stringify({
    clusters: [{ name, cluster: { server: 'https://a:1', ...cluster } }],
    users: [{ name, user: { exec, ...user } }],
    contexts: [{ name: 'dev', context: name === '' ? {} : { cluster: name, user: name } }],
  });
  const kubeconfig = { ...parseKubeconfig(text, '/config'), paths: ['/config'], defaultNamespace: 'default' };
  return contextIdentity(entriesOf(kubeconfig, kubeconfig.contexts[0]));
}

test('the identity names the files and the program, and does not depend on the names of cluster and user', async () => {
  const { files, plugin, identity } = await identityOf({});
  assert.deepEqual({ files, plugin }, { files: ['/config'], plugin: 'login' });
  assert.deepEqual(await identityOf({ name: '' }), { files, plugin, identity });
});

test('the identity names the token file, relative to the folder of the kubeconfig', async () => {
  assert.equal((await identityOf({})).tokenFile, undefined);
  assert.equal((await identityOf({ user: { tokenFile: '/me/token' } })).tokenFile, resolve('/me/token'));
  assert.equal((await identityOf({ user: { tokenFile: '../token' } })).tokenFile, resolve('/token'));
});

test('the paths of the program and the token file contain no "..", which could push the rest out of a question', async () => {
  const detour = '/me/x/../x/../x/../it';
  assert.equal((await identityOf({ user: { tokenFile: detour } })).tokenFile, resolve('/me/it'));
  const { plugin } = await identityOf({ user: { exec: { ...exec, command: detour } } });
  assert.equal(plugin, resolve('/me/it'));
});

test('no program and no token file is named for a server without TLS, because it gets no credentials', async () => {
  for (const server of ['http://a:1', 'HTTP://a:1', 'a:1']) {
    const { plugin, tokenFile } = await identityOf({ cluster: { server }, user: { tokenFile: '/me/token' } });
    assert.deepEqual([plugin, tokenFile], [undefined, undefined], server);
  }
});

test('the proxy is named without its user, and the trust in the server if the kubeconfig decides about it', async () => {
  const of = async (cluster: object) => {
    const { proxy, trust } = await identityOf({ cluster });
    return [proxy, trust];
  };
  assert.deepEqual(await of({}), [undefined, undefined]);
  assert.deepEqual(await of({ 'proxy-url': 'http://me:secret@proxy:1/x' }), ['http://proxy:1', undefined]);
  assert.deepEqual(await of({ 'proxy-url': 'socks5://me@proxy:1' }), ['socks5://proxy:1', undefined]);
  assert.deepEqual(await of({ 'proxy-url': 'me:sec/ret@proxy' }), [undefined, undefined], 'cannot be used');
  assert.deepEqual(await of({ 'insecure-skip-tls-verify': true }), [undefined, 'none']);
  assert.deepEqual(await of({ 'insecure-skip-tls-verify': false }), [undefined, undefined]);
  for (const name of ['certificate-authority', 'certificate-authority-data', 'tls-server-name']) {
    assert.deepEqual(await of({ [name]: 'AAAA' }), [undefined, 'kubeconfig'], name);
  }
});

test('the identity changes with another destination or program, and not with a token', async () => {
  const { identity } = await identityOf({});
  const changes: readonly Parts[] = [
    { cluster: { server: 'https://a:2' } },
    { cluster: { 'proxy-url': 'http://proxy' } },
    { cluster: { 'certificate-authority-data': 'AAAA' } },
    { cluster: { 'insecure-skip-tls-verify': true } },
    { user: { exec: { ...exec, command: './login' } } },
    { user: { exec: { ...exec, args: ['--to', 'me'] } } },
    { user: { exec: { ...exec, env: [{ name: 'PATH', value: '/evil' }] } } },
    { user: { tokenFile: '/home/me/.ssh/id' } },
    { user: { 'client-key': '/home/me/.ssh/id' } },
  ];
  for (const change of changes) {
    assert.notEqual((await identityOf(change)).identity, identity, JSON.stringify(change));
    assert.notEqual((await identityOf({ ...change, name: '' })).identity, identity, JSON.stringify(change));
  }
  assert.equal((await identityOf({ user: { token: 'renewed' } })).identity, identity);
});
