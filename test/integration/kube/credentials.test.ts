import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, test } from 'node:test';
import { type CodedError, isCoded } from '../../../src/base/errors.ts';
import { type Cluster, connectCluster } from '../../../src/kube/cluster/cluster.ts';
import { SharedCredentials } from '../../../src/kube/credentials/sharedCredentials.ts';
import { isSignInSource } from '../../../src/kube/credentials/signIn.ts';
import { type Kubeconfig, loadKubeconfig } from '../../../src/kube/kubeconfig/kubeconfig.ts';
import { toRestConfig } from '../../../src/kube/kubeconfig/toRestConfig.ts';
import type { RestConfig } from '../../../src/rest/restConfig.ts';
import { startDemoAccess } from '../../support/demoAccess.ts';
import { createTestPlugin, type TestPlugin } from '../../support/execPlugin.ts';
import { fieldOf } from '../../support/fields.ts';
import { clusterEntry, kubeconfigText } from '../../support/kubeconfigText.ts';
import { never } from '../../support/never.ts';

const access = await startDemoAccess();
after(() => access[Symbol.asyncDispose]());

const clusters: Cluster[] = [];
afterEach(() => {
  access.demo.faults.clear();
  for (const cluster of clusters.splice(0)) cluster.dispose();
});

/** Loads the kubeconfig of the demo cluster with another user in place of its current one. */
async function withUser(directory: string, user: object): Promise<Kubeconfig> {
  const path = join(directory, 'config');
  await writeFile(path, kubeconfigText(clusterEntry(access.demo), user));
  return await loadKubeconfig({ kubeconfigPath: path, environment: {}, homeFolder: directory });
}

function execUser(plugin: TestPlugin, mode: string, text: string): object {
  const { apiVersion, command, arguments: args } = plugin.config(mode, text);
  return { exec: { apiVersion, command, args, interactiveMode: 'Never', provideClusterInfo: true } };
}

async function restConfig(kubeconfig: Kubeconfig, plugin: TestPlugin, shared = new SharedCredentials()) {
  const options = { environment: plugin.environment, homeFolder: plugin.directory };
  return (await toRestConfig(kubeconfig, {}, { ...options, credentialsFor: shared.credentialsFor }))
    .restConfig;
}

async function readPod(config: RestConfig): Promise<string | undefined> {
  const cluster = connectCluster(config);
  clusters.push(cluster);
  return (await cluster.get('pods', 'demo', 'web', never)).metadata?.name;
}

test('a plugin runs once for all forwards of the user, and once more after a 401', async () => {
  await using plugin = await createTestPlugin();
  const token = access.demo.token('demo-developer');
  const kubeconfig = await withUser(plugin.directory, execUser(plugin, 'answer', JSON.stringify({ token })));
  const shared = new SharedCredentials();
  const configs = [
    await restConfig(kubeconfig, plugin, shared),
    await restConfig(kubeconfig, plugin, shared),
  ];
  assert.deepEqual(await Promise.all(configs.map(readPod)), ['web', 'web']);
  assert.equal(plugin.runs().length, 1);
  const info = JSON.parse(plugin.runs()[0]?.env?.KUBERNETES_EXEC_INFO ?? '');
  assert.equal(info.spec.cluster.server, kubeconfig.clusters[0]?.server);
  assert.equal(
    Buffer.from(info.spec.cluster['certificate-authority-data'], 'base64').toString(),
    access.demo.certificateAuthority,
  );

  access.demo.faults.add({ type: 'answer', status: 401, times: 1 });
  assert.equal(await readPod(configs[0] as RestConfig), 'web');
  assert.equal(plugin.runs().length, 2);
});

test('a server that refuses every token of a plugin causes two runs, then the wait for a person', async () => {
  await using plugin = await createTestPlugin();
  const kubeconfig = await withUser(
    plugin.directory,
    execUser(plugin, 'answer', '{"token":"planted-secret"}'),
  );
  const config = await restConfig(kubeconfig, plugin);
  const errors: CodedError[] = [];
  for (let i = 0; i < 3; i++) {
    await assert.rejects(readPod(config), (error) => isCoded(error) && errors.push(error) > 0);
  }
  assert.deepEqual(fieldOf(errors, 'code'), ['UNAUTHORIZED', 'CREDENTIALS_FAILED', 'CREDENTIALS_FAILED']);
  assert.equal(plugin.runs().length, 2);
  for (const error of errors) assert.ok(!`${error.stack}${String(error.cause)}`.includes('planted-secret'));

  const { credentials } = config;
  assert.ok(isSignInSource(credentials) && credentials.needsSignIn);
  await credentials.signIn(never);
  assert.equal(plugin.runs().length, 3);
});

test('a client certificate of a plugin is used', async () => {
  await using plugin = await createTestPlugin();
  const user = access.kubeconfig.users.find(({ name }) => name === 'demo-certificate');
  const pem = (data = '') => Buffer.from(data, 'base64').toString();
  const status = {
    clientCertificateData: pem(user?.clientCertificateData),
    clientKeyData: pem(user?.clientKeyData),
  };
  const kubeconfig = await withUser(plugin.directory, execUser(plugin, 'answer', JSON.stringify(status)));
  assert.equal(await readPod(await restConfig(kubeconfig, plugin)), 'web');
});

test('a 401 for the old token of a changed token file leads to the new one', async () => {
  await using plugin = await createTestPlugin();
  const path = join(plugin.directory, 'token');
  await writeFile(path, 'outdated\n');
  const config = await restConfig(await withUser(plugin.directory, { tokenFile: 'token' }), plugin);
  await assert.rejects(readPod(config), (error) => isCoded(error, 'UNAUTHORIZED'));
  await writeFile(path, `${access.demo.token('demo-viewer')}\n`);
  assert.equal(await readPod(config), 'web');
});

test('client certificate files are used', async () => {
  await using plugin = await createTestPlugin();
  const user = access.kubeconfig.users.find(({ name }) => name === 'demo-certificate');
  await writeFile(
    join(plugin.directory, 'tls.crt'),
    Buffer.from(user?.clientCertificateData ?? '', 'base64'),
  );
  await writeFile(join(plugin.directory, 'tls.key'), Buffer.from(user?.clientKeyData ?? '', 'base64'));
  const kubeconfig = await withUser(plugin.directory, {
    'client-certificate': 'tls.crt',
    'client-key': 'tls.key',
  });
  assert.equal(await readPod(await restConfig(kubeconfig, plugin)), 'web');
});
