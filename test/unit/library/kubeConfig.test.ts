import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { clusterOf } from '../../../src/library/clusterOptions.ts';
import { type ClientNodeKubeConfig, locateCluster } from '../../../src/library/kubeConfig.ts';
import { coded, rejection } from '../../support/coded.ts';
import { temporaryDirectory } from '../../support/temporaryDirectory.ts';

/** Returns a client-node `KubeConfig` whose cluster has this proxy and this API server. */
function kubeConfigWith(proxyUrl: string, server = 'https://127.0.0.1:1'): ClientNodeKubeConfig {
  return {
    getCurrentContext: () => 'context',
    getContextObject: () => null,
    getCurrentCluster: () => ({ name: 'demo', server, proxyUrl }),
    getCurrentUser: () => null,
    applyToHTTPSOptions: () => Promise.resolve(),
  };
}

test('the proxy of a KubeConfig becomes the proxy of the connections, and an empty one is none', async () => {
  const proxyOf = async (text: string) => (await locateCluster(kubeConfigWith(text))).restConfig.proxy?.href;
  assert.equal(await proxyOf('http://me:pw@proxy:3128'), 'http://me:pw@proxy:3128/');
  assert.equal(await proxyOf('proxy:3128'), 'http://proxy:3128/');
  assert.equal(await proxyOf('socks5h://proxy'), 'socks5h://proxy');
  assert.equal(await proxyOf(''), undefined);
});

for (const proxyUrl of [
  'http://',
  ':::',
  'http://me:p/w@proxy:1',
  'http://proxy:99999',
  'ftp://me:p/w@proxy',
]) {
  test(`a KubeConfig with the proxy "${proxyUrl}" is rejected without naming the password, and not used without a proxy`, async () => {
    const reason = 'the proxyUrl of cluster "demo" must use http, https or socks5';
    const rejected = coded('KUBECONFIG_INVALID', reason, 'p/w');
    await assert.rejects(locateCluster(kubeConfigWith(proxyUrl)), rejected);
  });
}

test('a KubeConfig with a slash in the password of the server is rejected without naming the password', async () => {
  const located = locateCluster(kubeConfigWith('', 'https://me:12/34@k.example'));
  const { message } = await rejection(located, 'KUBECONFIG_INVALID');
  assert.match(message, /the server of cluster "demo" is not an address: use https:\/\/HOST:PORT/);
  assert.doesNotMatch(message, /34/);
});

test('an empty context name means the current context of the kubeconfig', async () => {
  await using folder = await temporaryDirectory();
  const kubeconfigPath = join(folder.path, 'config');
  const clusters = [{ name: 'c', cluster: { server: 'https://current.example' } }];
  const contexts = [{ name: 'dev', context: { cluster: 'c' } }];
  await writeFile(kubeconfigPath, JSON.stringify({ clusters, contexts, 'current-context': 'dev' }));
  const { restConfig } = await clusterOf({ kubeconfigPath, context: '' });
  assert.equal(restConfig.server.host, 'current.example');
});
