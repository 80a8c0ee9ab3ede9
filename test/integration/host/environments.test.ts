import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { DemoCluster } from '../../../src/demo/entry.ts';
import { listContexts, openView, refreshView } from '../../../src/rpc/clustersContract.ts';
import { initialize } from '../../../src/rpc/contract.ts';
import {
  listForwards,
  restartForward,
  startForward,
  stopForward,
} from '../../../src/rpc/forwardsContract.ts';
import { demoClusterFor } from '../../support/demoForward.ts';
import { eventually } from '../../support/eventually.ts';
import { demoSpecification, HostBench } from '../../support/hostClients.ts';
import { startHttpProxy } from '../../support/httpProxy.ts';
import { tapHost } from '../../support/socketTap.ts';
import { get } from '../../support/tcpClient.ts';

const PROXY_PASSWORD = 'planted-proxy-password';
const BAD_TOKEN = 'planted-token-that-is-refused';
const BAD_PASSWORD = 'planted-basic-password';
const FAILED_OUTPUT = 'planted-output-of-a-failed-plugin';

/** A plugin that returns the token of the variable TOKEN_OF_PLUGIN, and records its environment. */
const PLUGIN = `
import { appendFileSync } from 'node:fs';
const { env } = process;
appendFileSync(process.argv[2], JSON.stringify({ env, cwd: process.cwd() }) + '\\n');
process.stderr.write('signing in\\n');
const token = env.TOKEN_OF_PLUGIN ?? '';
process.stdout.write(JSON.stringify({ apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status: { token } }));
if (token === '${FAILED_OUTPUT}') process.exitCode = 3;
`;

test('two clients with the same kubeconfig and different environments are different users', async (t) => {
  const demo = await demoClusterFor(t);
  const bench = await HostBench.create(t);
  const first = await clientWith(bench, { TOKEN_OF_PLUGIN: demo.token('demo-admin') });
  const config = await writeConfig(bench, demo);
  const viewer = await clientWith(bench, {
    TOKEN_OF_PLUGIN: demo.token('demo-viewer'),
    ELECTRON_RUN_AS_NODE: '1',
    VSCODE_IPC_HOOK: 'x',
  });
  const specification = demoSpecification(config.path, 'pod/web', 80, { context: 'exec' });
  const forward = await first.request(startForward, specification);
  assert.equal(forward.state.type, 'ready', JSON.stringify(forward.state));
  const refused = await viewer.request(startForward, specification);
  assert.notEqual(refused.id, forward.id);
  assert.equal(refused.state.type === 'failed' && refused.state.error.code, 'FORBIDDEN');
  await first.until(() => first.log.some(({ event }) => event === 'credentialsOutput'));
  const runs = await config.runs();
  assert.equal(runs.length, 2, 'one run for each environment');
  for (const { env, cwd } of runs) {
    assert.deepEqual(
      Object.keys(env).filter((name) => /^(ELECTRON|VSCODE)/.test(name)),
      [],
    );
    assert.notEqual(cwd, process.cwd());
  }
  // The viewer must not get the output of the first client's plugin, because the two have different environments.
  assert.equal(viewer.log.filter(({ event }) => event === 'credentialsOutput').length, 1);
});

test('each client gets the default contexts of its own KUBECONFIG', async (t) => {
  const demo = await demoClusterFor(t);
  const bench = await HostBench.create(t);
  const first = await clientWith(bench, { KUBECONFIG: demo.kubeconfigPath });
  const other = await clientWith(bench, {});
  const { contexts } = await first.request(listContexts);
  assert.equal(contexts.find(({ isCurrent }) => isCurrent)?.context, 'demo-admin');
  assert.deepEqual((await other.request(listContexts)).contexts, []);
  const specification = demoSpecification('', 'pod/web', 80);
  const forward = await first.request(startForward, specification);
  assert.equal(forward.state.type, 'ready');
  const failed = await other.request(startForward, specification);
  assert.equal(failed.state.type === 'failed' && failed.state.error.code, 'NO_KUBECONFIG');
  // The forward must continue without the client that started it, so it needs that client's environment.
  first.dispose();
  demo.faults.dropTunnels('reset');
  // The first connections may still use the old tunnels and fail, if the reset has not been noticed yet.
  const answers = () =>
    get(forward.localPort ?? 0).then(
      ({ status }) => status === 200,
      () => false,
    );
  await eventually(answers, 'the forward carries nothing after its tunnels were reset');
  await other.until(() =>
    other.forwards.some(({ id, state }) => id === forward.id && state.type === 'ready'),
  );
});

test('a plugin that failed runs again only when a person asks', async (t) => {
  const demo = await demoClusterFor(t);
  const bench = await HostBench.create(t);
  const client = await clientWith(bench, { TOKEN_OF_PLUGIN: FAILED_OUTPUT });
  const config = await writeConfig(bench, demo);
  const specification = demoSpecification(config.path, 'pod/web', 80, { context: 'exec' });
  const failed = await client.request(startForward, specification);
  assert.equal(failed.state.type === 'failed' && failed.state.error.code, 'CREDENTIALS_FAILED');
  assert.equal((await config.runs()).length, 1);
  const again = await client.request(restartForward, { id: failed.id });
  assert.equal(again.state.type, 'failed');
  assert.equal((await config.runs()).length, 2);
});

test('no secret crosses the connection in any answer or error', async (t) => {
  const demo = await demoClusterFor(t);
  const proxy = await startHttpProxy();
  t.after(() => proxy[Symbol.asyncDispose]());
  const bench = await HostBench.create(t);
  const starter = await clientWith(bench, {});
  const tap = await tapHost(t, bench.folder);
  const config = await writeConfig(bench, demo, proxy.port);
  const environment = { TOKEN_OF_PLUGIN: demo.token('demo-developer') };
  const client = await clientWith(bench, environment, [config.path]);
  const failing = await clientWith(bench, { TOKEN_OF_PLUGIN: FAILED_OUTPUT }, [config.path]);
  const codes: string[] = [];
  for (const one of [client, failing]) {
    const { contexts } = await one.request(listContexts);
    assert.equal(contexts.length, 8);
    for (const [viewId, { context }] of contexts.entries()) {
      const reference = { kubeconfig: config.path, context };
      const scope = { type: 'pods', context: reference, namespace: 'demo', limit: 10 } as const;
      await one.request(openView, { viewId, scope });
      await one.until(() => {
        const view = one.views.get(viewId);
        return view !== undefined && (view.isLoaded || view.error !== undefined);
      });
      await one.request(refreshView, { viewId }).catch(() => {});
      const forward = await one.request(
        startForward,
        demoSpecification(config.path, 'pod/web', 80, { context }),
      );
      codes.push(
        `${context} ${forward.state.type === 'failed' ? forward.state.error.code : forward.state.type}`,
      );
      if (forward.state.type === 'ready') await get(forward.localPort ?? 0);
      await one.request(restartForward, { id: forward.id });
      await one.request(stopForward, { id: forward.id });
    }
    await one.request(listForwards);
  }
  assert.deepEqual([...new Set(codes)].sort(), [
    'basic UNAUTHORIZED',
    'certificate ready',
    'exec CREDENTIALS_FAILED',
    'exec ready',
    'ownProxy starting',
    'proxy ready',
    'refused UNAUTHORIZED',
    'token ready',
    'wrongKey TLS',
  ]);
  assert.ok(proxy.asked.length > 0);
  const planted = {
    token: demo.token('demo-admin'),
    badToken: BAD_TOKEN,
    password: BAD_PASSWORD,
    proxyPassword: PROXY_PASSWORD,
    proxyPasswordEncoded: Buffer.from(`someone:${PROXY_PASSWORD}`).toString('base64'),
    privateKey: config.privateKey,
    pluginToken: environment.TOKEN_OF_PLUGIN,
    failedOutput: FAILED_OUTPUT,
  };
  const received = tap.fromHost() + JSON.stringify([client.log, failing.log, starter.log]);
  assert.ok(received.length > 10_000, 'something was told');
  // Removes `initialize`, which contains the client's environment. No other message of a client may contain a secret.
  const sent = tap.fromClients().replace(/\{[^\r]*"method":"initialize"[^\r]*?\}\}/g, '');
  assert.equal(initialize.method, 'initialize');
  for (const [name, secret] of Object.entries(planted)) {
    assert.ok(!received.includes(secret), `${name} was told`);
    assert.ok(!sent.includes(secret), `${name} was sent`);
    for (const file of await readdir(bench.folder)) {
      if (file.startsWith('generation-')) {
        assert.ok(!(await readFile(join(bench.folder, file), 'utf8')).includes(secret));
      }
    }
  }
  for (const one of [client, failing, starter]) one.dispose();
});

function clientWith(
  bench: HostBench,
  environment: Record<string, string>,
  files: readonly string[] = [],
): ReturnType<HostBench['client']> {
  return bench.client({
    environment: { HOME: bench.folder, PATH: process.env.PATH ?? '', ...environment },
    files,
  });
}

interface TestConfig {
  readonly path: string;
  /** A line of the private key's text. */
  readonly privateKey: string;
  runs(): Promise<{ readonly env: Record<string, string>; readonly cwd: string }[]>;
}

/** Writes a kubeconfig with every kind of credential that contains a secret. */
async function writeConfig(bench: HostBench, demo: DemoCluster, proxyPort = 1): Promise<TestConfig> {
  const plugin = join(bench.folder, 'plugin.mjs');
  const runs = join(bench.folder, 'runs.jsonl');
  await writeFile(plugin, PLUGIN);
  await writeFile(runs, '');
  const ca = Buffer.from(demo.certificateAuthority).toString('base64');
  const certificate = /client-certificate-data: (\S+)/.exec(demo.kubeconfig)?.[1] ?? '';
  const key = /client-key-data: (\S+)/.exec(demo.kubeconfig)?.[1] ?? '';
  const cluster = (name: string, more = '') =>
    `- name: ${name}\n  cluster:\n    server: ${demo.server.href}\n    certificate-authority-data: ${ca}\n${more}`;
  const proxyUrl = (port: number) => `    proxy-url: http://someone:${PROXY_PASSWORD}@127.0.0.1:${port}\n`;
  const user = (name: string, ...lines: readonly string[]) =>
    `- name: ${name}\n  user:\n${lines.map((line) => `    ${line}\n`).join('')}`;
  const context = (name: string, clusterName: string, userName: string) =>
    `- name: ${name}\n  context: { cluster: ${clusterName}, user: ${userName}, namespace: demo }\n`;
  const text = [
    'apiVersion: v1\nkind: Config\nclusters:\n',
    cluster('direct'),
    cluster('proxied', proxyUrl(proxyPort)),
    cluster('unproxied', proxyUrl(1)),
    'users:\n',
    user('admin', `token: ${demo.token('demo-admin')}`),
    user('refused', `token: ${BAD_TOKEN}`),
    user('basic', 'username: someone', `password: ${BAD_PASSWORD}`),
    user('certificate', `client-certificate-data: ${certificate}`, `client-key-data: ${key}`),
    user('wrongKey', `client-certificate-data: ${key}`, `client-key-data: ${key}`),
    user(
      'plugin',
      'exec:',
      '  apiVersion: client.authentication.k8s.io/v1',
      `  command: ${process.execPath}`,
      `  args: [${plugin}, ${runs}]`,
      '  interactiveMode: IfAvailable',
    ),
    'contexts:\n',
    context('token', 'direct', 'admin'),
    context('proxy', 'proxied', 'admin'),
    context('ownProxy', 'unproxied', 'admin'),
    context('refused', 'direct', 'refused'),
    context('basic', 'direct', 'basic'),
    context('certificate', 'direct', 'certificate'),
    context('wrongKey', 'direct', 'wrongKey'),
    context('exec', 'direct', 'plugin'),
  ].join('');
  const path = join(bench.folder, 'config.yaml');
  await writeFile(path, text);
  return {
    path,
    privateKey: Buffer.from(key, 'base64').toString('utf8').split('\n')[1] ?? assert.fail(),
    async runs() {
      const lines = (await readFile(runs, 'utf8')).trim().split('\n');
      return lines.filter((line) => line !== '').map((line) => JSON.parse(line));
    },
  };
}
