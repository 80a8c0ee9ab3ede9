import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import type { DemoCluster } from '../../../src/demo/entry.ts';
import { listContexts, listPorts, openView, type PluginTerms } from '../../../src/rpc/clustersContract.ts';
import {
  restartForward,
  restoreForward,
  startForward,
  stopForward,
} from '../../../src/rpc/forwardsContract.ts';
import { demoClusterFor } from '../../support/demoForward.ts';
import { demoSpecification, HostBench, type TestClient } from '../../support/hostClients.ts';
import { clusterEntry, kubeconfigText } from '../../support/kubeconfigText.ts';
import { writeProgram } from '../../support/writeProgram.ts';

test('a plugin that a changed kubeconfig of the workspace names does not run until it is allowed', async (t) => {
  const demo = await demoClusterFor(t);
  const bench = await HostBench.create(t);
  const folder = join(dirname(bench.folder), 'workspace');
  await mkdir(folder);
  const kubeconfig = join(folder, 'kubeconfig');
  await writeKubeconfig(kubeconfig, demo, 'first');
  const client = await bench.client({ files: [kubeconfig] });
  const ran = (name: string) => existsSync(join(folder, name));
  const terms = async (): Promise<PluginTerms> => ({
    folders: [folder],
    named: [],
    allowed: await identityOf(client, kubeconfig),
  });
  const withTerms = (plugins: PluginTerms) => {
    const { target, ...rest } = demoSpecification(kubeconfig, 'pod/web', 80, { context: 'dev' });
    return { ...rest, target: { ...target, context: { ...target.context, plugins } } };
  };

  const before = { folders: [folder], named: [] };
  const refused = await client.request(startForward, { ...withTerms(before), address: '127.0.0.2' });
  assert.equal(codeOf(refused.state), 'PLUGIN_NOT_ALLOWED');
  assert.equal(ran('first'), false);
  const first = await terms();
  const forward = await client.request(startForward, withTerms(first));
  assert.equal(forward.state.type, 'ready', JSON.stringify(forward.state));
  assert.equal(ran('first'), true);

  await writeKubeconfig(kubeconfig, demo, 'second');
  const second = await terms();
  assert.notEqual(second.allowed, first.allowed);
  await client.request(stopForward, { id: forward.id });
  const holder = { id: 'window', kind: 'window' } as const;
  const restored = await client.request(restoreForward, { id: forward.id, holder });
  assert.equal(codeOf(restored.state), 'PLUGIN_NOT_ALLOWED');
  assert.equal(ran('second'), false);
  await assert.rejects(client.request(listPorts, withTerms(first).target), /second/);
  const scope = { type: 'namespaces', context: withTerms(first).target.context } as const;
  await client.request(openView, { viewId: 1, scope });
  const view = await client.until(() => client.views.get(1)?.error);
  assert.equal(view.code, 'PLUGIN_NOT_ALLOWED');
  assert.equal(ran('second'), false);

  await client.request(restartForward, { id: forward.id, plugins: second });
  await client.until(() =>
    client.forwards.some(({ id, state }) => id === forward.id && state.type === 'ready'),
  );
  assert.equal(ran('second'), true);
  await client.request(openView, {
    viewId: 1,
    scope: { ...scope, context: { ...scope.context, plugins: second } },
  });
  await client.until(() => client.views.get(1)?.isLoaded);
});

test('a plugin of a kubeconfig outside the workspace runs without a question, as for kubectl', async (t) => {
  const demo = await demoClusterFor(t);
  const bench = await HostBench.create(t);
  const folder = dirname(bench.folder);
  const kubeconfig = join(folder, 'kubeconfig');
  await writeKubeconfig(kubeconfig, demo, 'own');
  const client = await bench.client({ files: [kubeconfig] });
  const { target, ...rest } = demoSpecification(kubeconfig, 'pod/web', 80, { context: 'dev' });
  const plugins = { folders: [join(folder, 'elsewhere')], named: [join(folder, 'other')] };
  const specification = { ...rest, target: { ...target, context: { ...target.context, plugins } } };
  const forward = await client.request(startForward, specification);
  assert.equal(forward.state.type, 'ready', JSON.stringify(forward.state));
});

/** Writes a kubeconfig. When its plugin runs, the plugin creates the file `name` in the folder of the kubeconfig. */
async function writeKubeconfig(path: string, demo: DemoCluster, name: string): Promise<void> {
  const apiVersion = 'client.authentication.k8s.io/v1';
  const answer = JSON.stringify({
    apiVersion,
    kind: 'ExecCredential',
    status: { token: demo.token('demo-admin') },
  });
  const marker = JSON.stringify(join(dirname(path), name));
  const source = `import { writeFileSync } from 'node:fs'; writeFileSync(${marker}, ''); console.log(${JSON.stringify(answer)});`;
  const command = writeProgram(dirname(path), `${name}-plugin`, source);
  const user = { exec: { apiVersion, command, interactiveMode: 'Never' } };
  await writeFile(path, kubeconfigText(clusterEntry(demo), user, 'dev'));
}

async function identityOf(client: TestClient, kubeconfig: string): Promise<string> {
  const { contexts } = await client.request(listContexts);
  const row = contexts.find((candidate) => candidate.kubeconfig === kubeconfig);
  assert.ok(row?.identity);
  return row.identity;
}

function codeOf(state: {
  readonly type: string;
  readonly error?: { readonly code: string } | string;
}): string | undefined {
  return typeof state.error === 'object' ? state.error.code : undefined;
}
