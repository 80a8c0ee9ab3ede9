import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contextIdentity } from '../../../../src/kube/kubeconfig/contextIdentity.ts';
import { parseKubeconfig } from '../../../../src/kube/kubeconfig/kubeconfigFile.ts';

interface Parts {
  readonly cluster?: object;
  readonly user?: object;
}

const exec = {
  apiVersion: 'client.authentication.k8s.io/v1',
  command: 'login',
  args: ['--to', 'us'],
  interactiveMode: 'Never',
};

function identityOf({ cluster = {}, user = {} }: Parts) {
  const text = JSON.stringify({
    clusters: [{ name: 'c', cluster: { server: 'https://a:1', ...cluster } }],
    users: [{ name: 'u', user: { exec, ...user } }],
    contexts: [{ name: 'dev', context: { cluster: 'c', user: 'u' } }],
  });
  const kubeconfig = { ...parseKubeconfig(text, '/config'), paths: ['/config'], defaultNamespace: 'default' };
  const [context] = kubeconfig.contexts;
  assert.ok(context !== undefined);
  return contextIdentity(kubeconfig, context);
}

test('the identity names the files and the program', () => {
  const { files, plugin } = identityOf({});
  assert.deepEqual({ files, plugin }, { files: ['/config'], plugin: 'login' });
});

test('the identity changes with another destination or program, and not with a token', () => {
  const { identity } = identityOf({});
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
  for (const change of changes)
    assert.notEqual(identityOf(change).identity, identity, JSON.stringify(change));
  assert.equal(identityOf({ user: { token: 'renewed' } }).identity, identity);
});
