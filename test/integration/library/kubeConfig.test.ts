import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { KubeConfig } from '@kubernetes/client-node';
import { locateCluster } from '../../../src/library/kubeConfig.ts';
import { type ClientNodeKubeConfig, portForwardPod } from '../../../src/library.ts';
import { demoClusterFor } from '../../support/demoForward.ts';
import { get } from '../../support/tcpClient.ts';
import { temporaryDirectory } from '../../support/temporaryDirectory.ts';
import { writeProgram } from '../../support/writeProgram.ts';

const SERVICE_ACCOUNT = 'var/run/secrets/kubernetes.io/serviceaccount';

const cluster = await demoClusterFor({ after });

describe('a client-node KubeConfig', () => {
  /** The cluster as client-node describes it. */
  const demo = () => ({
    name: 'demo',
    server: cluster.server.href,
    caData: Buffer.from(cluster.certificateAuthority).toString('base64'),
    skipTLSVerify: false,
  });
  const token = () => cluster.token('demo-admin');

  const loaders: Record<string, (folder: string, config: KubeConfig) => void> = {
    'loadFromFile, a token': (_folder, config) => config.loadFromFile(cluster.kubeconfigPath),
    'loadFromFile, a client certificate': (_folder, config) => {
      config.loadFromFile(cluster.kubeconfigPath);
      config.setCurrentContext('demo-certificate');
    },
    loadFromString: (_folder, config) => config.loadFromString(readFileSync(cluster.kubeconfigPath, 'utf8')),
    loadFromOptions: (_folder, config) =>
      config.loadFromOptions({
        clusters: [demo()],
        users: [{ name: 'me', token: token() }],
        contexts: [{ name: 'context', cluster: 'demo', user: 'me' }],
        currentContext: 'context',
      }),
    loadFromClusterAndUser: (_folder, config) =>
      config.loadFromClusterAndUser(demo(), { name: 'me', token: token() }),
    loadFromDefault: (_folder, config) => {
      const before = process.env['KUBECONFIG'];
      process.env['KUBECONFIG'] = cluster.kubeconfigPath;
      try {
        config.loadFromDefault();
      } finally {
        if (before === undefined) delete process.env['KUBECONFIG'];
        else process.env['KUBECONFIG'] = before;
      }
    },
    'an exec plugin': (folder, config) => {
      const status = {
        apiVersion: 'client.authentication.k8s.io/v1',
        kind: 'ExecCredential',
        status: { token: token() },
      };
      const plugin = writeProgram(
        folder,
        'plugin',
        `console.log(${JSON.stringify(JSON.stringify(status))});`,
      );
      config.loadFromClusterAndUser(demo(), {
        name: 'me',
        exec: { apiVersion: 'client.authentication.k8s.io/v1', command: plugin, interactiveMode: 'Never' },
      });
    },
    'loadFromCluster, a service account': (folder, config) => {
      mkdirSync(join(folder, SERVICE_ACCOUNT), { recursive: true });
      writeFileSync(join(folder, SERVICE_ACCOUNT, 'ca.crt'), cluster.certificateAuthority);
      writeFileSync(join(folder, SERVICE_ACCOUNT, 'token'), token());
      writeFileSync(join(folder, SERVICE_ACCOUNT, 'namespace'), 'demo');
      process.env['KUBERNETES_SERVICE_HOST'] = cluster.server.hostname;
      process.env['KUBERNETES_SERVICE_PORT'] = cluster.server.port;
      try {
        config.loadFromCluster(folder);
      } finally {
        delete process.env['KUBERNETES_SERVICE_HOST'];
        delete process.env['KUBERNETES_SERVICE_PORT'];
      }
    },
  };

  for (const [name, load] of Object.entries(loaders)) {
    test(`forwards with the credentials of ${name}`, async () => {
      await using folder = await temporaryDirectory();
      const config = new KubeConfig();
      load(folder.path, config);
      assert.equal(await fetchThrough(config), 200);
    });
  }

  test('gives the Basic header for a user with a password', async () => {
    const config = new KubeConfig();
    config.loadFromClusterAndUser(demo(), { name: 'me', username: 'me', password: 'secret' });
    const { restConfig } = await locateCluster(config);
    const { authorization } = await restConfig.credentials.get(AbortSignal.timeout(5_000));
    assert.equal(authorization, `Basic ${Buffer.from('me:secret').toString('base64')}`);
  });

  test('names the user that it impersonates', async () => {
    const config = new KubeConfig();
    config.loadFromClusterAndUser(demo(), { name: 'me', token: token(), impersonateUser: 'jane' });
    const { restConfig } = await locateCluster(config);
    assert.deepEqual(restConfig.impersonate, { user: 'jane' });
  });

  test('is asked for the headers once more after an answer 401', async () => {
    const config = new KubeConfig();
    config.loadFromClusterAndUser(demo(), { name: 'me' });
    const tokens = ['stale', token()];
    let asked = 0;
    config.addAuthenticator({
      isAuthProvider: () => true,
      applyAuthentication: (_user, options) => {
        asked++;
        options.headers = { ...options.headers, Authorization: `Bearer ${tokens.shift() ?? token()}` };
        return Promise.resolve();
      },
    });
    assert.equal(await fetchThrough(config), 200);
    assert.ok(asked >= 2);
  });

  test('is refused with a code without a current cluster', async () => {
    await assert.rejects(fetchThrough(new KubeConfig()), { code: 'NO_CURRENT_CONTEXT' });
  });
});

/** Returns the status of a page of the pod "web". */
async function fetchThrough(kubeConfig: ClientNodeKubeConfig): Promise<number> {
  const stop = new AbortController();
  let status = 0;
  await portForwardPod({
    kubeConfig,
    pod: { namespace: 'demo', name: 'web' },
    ports: [{ local: 0, remote: 80 }],
    addresses: ['127.0.0.1'],
    stop: stop.signal,
    ready: ([address]) =>
      void get(address?.localPort ?? 0, '/healthz')
        .then((answer) => {
          status = answer.status;
        })
        .finally(() => stop.abort()),
  });
  return status;
}
