import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { isCoded } from '../../../src/base/errors.ts';
import { contextsChanged, listContexts, listPorts, openView } from '../../../src/rpc/clustersContract.ts';
import { useDemoCluster } from '../../../src/rpc/contract.ts';
import {
  changeLocalPort,
  listForwards,
  restartForward,
  setLabel,
  startForward,
  stopAllForwards,
  stopForward,
} from '../../../src/rpc/forwardsContract.ts';
import { fromResponseError } from '../../../src/rpc/rpcErrors.ts';
import { demoClusterFor } from '../../support/demoForward.ts';
import { eventually } from '../../support/eventually.ts';
import { isAlive } from '../../support/execPlugin.ts';
import { fieldOf } from '../../support/fields.ts';
import { demoHostFor, demoSpecification, HostBench, untilDead } from '../../support/hostClients.ts';
import { freePort, holdPort } from '../../support/localPorts.ts';
import { connectTo, get } from '../../support/tcpClient.ts';

test('a client starts a host and a forward, and all clients see the forward', async (t) => {
  const demo = await demoClusterFor(t);
  const bench = await HostBench.create(t);
  assert.equal(await bench.join(), undefined, 'joining starts nothing');
  const first = await bench.client();
  const second = await bench.client();
  assert.equal(first.processId, second.processId);
  const specification = demoSpecification(demo.kubeconfigPath, 'pod/web', 80);
  const forward = await first.request(startForward, specification);
  assert.equal(forward.state.type, 'ready', JSON.stringify(forward.state));
  assert.equal((await get(forward.localPort ?? 0)).status, 200);
  const seen = await second.until(() => second.forwards.find(({ counts }) => counts.total === 1));
  assert.equal(seen.id, forward.id);
  await first.until(() => first.log.some(({ event }) => event === 'connectionEnded'));
  assert.deepEqual(
    first.log.map((entry) => entry.event),
    ['hostStarted', 'starting', 'bound', 'podChosen', 'ready', 'connection', 'connectionEnded'],
  );
  await second.request(stopForward, { id: forward.id });
  await first.until(() => first.log.some(({ event }) => event === 'stopped'));
  assert.deepEqual(await first.request(listForwards), []);
  first.dispose();
  second.dispose();
  await untilDead(first.processId);
  // The host leaves its record file, so that the next host takes the number 2. The host has removed its socket.
  assert.deepEqual(await readdir(bench.folder), ['generation-1']);
});

test('every verb works on a forward', async (t) => {
  const { demo, client } = await demoHostFor(t);
  await using taken = await holdPort('127.0.0.1');
  const web = demoSpecification(demo.kubeconfigPath, 'service/web', 'http', {
    localPort: { mode: 'preferred', port: taken.port },
  });
  const forward = await client.request(startForward, web);
  assert.equal(forward.state.type, 'ready');
  assert.equal(forward.remotePort, 8080);
  assert.equal(forward.replacedPort, web.localPort.port);
  const again = await client.request(startForward, web);
  assert.equal(again.id, forward.id, 'the same forward is not started twice');

  const { id } = forward;
  const moved = await client.request(changeLocalPort, { id, port: await freePort() });
  assert.notEqual(moved.localPort, forward.localPort);
  assert.equal(moved.id, id);
  assert.equal((await get(moved.localPort ?? 0)).status, 200);
  await assert.rejects(connectTo(forward.localPort ?? 0), { code: 'ECONNREFUSED' });

  await rejectsWith(client.request(changeLocalPort, { id, port: taken.port }), 'PORT_IN_USE');
  assert.equal((await get(moved.localPort ?? 0)).status, 200, 'the old port stays');

  await client.request(setLabel, { id, label: 'front' });
  const [labelled] = await client.request(listForwards);
  assert.equal(labelled?.specification.label, 'front');
  const restarted = await client.request(restartForward, { id });
  assert.equal(restarted.state.type, 'ready');
  assert.equal(restarted.localPort, moved.localPort);

  const refused = await client.request(
    startForward,
    demoSpecification(demo.kubeconfigPath, 'pod/nobody', 80),
  );
  assert.equal(refused.state.type === 'failed' && refused.state.error.code, 'POD_NOT_FOUND');
  await rejectsWith(client.request(stopForward, { id: '77' }), 'FORWARD_NOT_FOUND');
  await rejectsWith(
    client.request(startForward, { ...web, localPort: { mode: 'exact', port: 70_000 } }),
    'INVALID_PORT',
  );
  assert.equal(await client.request(stopAllForwards), 2);
});

test('ports and contexts come from the files of the client, and are sent again after a change', async (t) => {
  const demo = await demoClusterFor(t);
  const bench = await HostBench.create(t);
  const extra = join(bench.folder, 'extra.yaml');
  const client = await bench.client({ files: [demo.kubeconfigPath, extra] });
  const { contexts, problems } = await client.request(listContexts);
  assert.ok(contexts.some(({ context }) => context === 'demo-admin'));
  assert.equal(problems[0]?.error.code, 'KUBECONFIG_NOT_FOUND');
  const context = { kubeconfig: demo.kubeconfigPath, context: 'demo-admin' };
  const ports = await client.request(listPorts, {
    context,
    namespace: 'demo',
    kind: 'deployment',
    name: 'web',
  });
  assert.deepEqual(ports, [{ number: 8080, protocol: 'TCP', container: 'web', name: 'http' }]);
  const changed = new Promise<number>((resolve) => {
    client.client.onNotification(contextsChanged, (snapshot) => resolve(snapshot.problems.length));
  });
  await writeFile(extra, 'contexts: []\n');
  assert.equal(await changed, 0);
});

test('a view of 10,000 pods shows the first rows early, then all, then changes in batches', async (t) => {
  const demo = await demoClusterFor(t, { largePods: 10_000 });
  const bench = await HostBench.create(t);
  const client = await bench.client();
  const context = { kubeconfig: demo.kubeconfigPath, context: 'demo-admin' };
  const scope = { type: 'pods', context, namespace: 'large', limit: 500 } as const;
  await client.request(openView, { viewId: 1, scope });
  const early = await client.until(() => {
    const view = client.views.get(1);
    return view !== undefined && view.rows.length === 500 && view;
  });
  const full = await client.until(() => {
    const view = client.views.get(1);
    return view?.isLoaded && view;
  });
  assert.equal(full.total, 10_000);
  assert.deepEqual(fieldOf(full.rows, 'name'), fieldOf(early.rows, 'name'));
  await client.request(openView, { viewId: 1, scope: { ...scope, filter: 'fleet-19-' } });
  const filtered = await client.until(() => {
    const view = client.views.get(1);
    return view?.matching === 500 && view.rows[0]?.name.startsWith('fleet-19-') && view;
  });
  const [first] = filtered.rows;
  demo.pods.setReady('large', first?.name ?? '', false);
  await client.until(() => {
    const [row] = client.views.get(1)?.rows ?? [];
    return row?.type === 'pod' && !row.isReady;
  });
});

test('the demo cluster ends with its client', async (t) => {
  const bench = await HostBench.create(t);
  const other = await bench.client();
  const client = await bench.client();
  const context = await client.request(useDemoCluster);
  const { contexts } = await client.request(listContexts);
  assert.ok(contexts.some((row) => row.kubeconfig === context.kubeconfig && row.context === context.context));
  const forward = await client.request(startForward, demoSpecification(context.kubeconfig, 'pod/web', 80));
  assert.equal(forward.state.type, 'ready');
  client.dispose();
  await other.until(() => other.forwards.some(({ state }) => state.type === 'reconnecting'));
  other.dispose();
  await untilDead(other.processId);
});

test('the demo cluster ends when its host is killed', async (t) => {
  const bench = await HostBench.create(t);
  const client = await bench.client();
  const { kubeconfig } = await client.request(useDemoCluster);
  const { contexts } = await client.request(listContexts);
  const server = new URL(contexts.find((row) => row.kubeconfig === kubeconfig)?.server ?? '');
  process.kill(client.processId, 'SIGKILL');
  await client.closed();
  await eventually(
    () =>
      connectTo(Number(server.port)).then(
        (socket) => !socket.destroy(),
        () => true,
      ),
    'the demo cluster still listens',
  );
});

test('a host ends when its record is gone', async (t) => {
  const bench = await HostBench.create(t);
  const client = await bench.client();
  const closed = client.closed();
  await writeFile(join(bench.folder, 'generation-2'), '{}');
  await closed;
  await untilDead(client.processId);
  assert.equal(isAlive(client.processId), false);
});

async function rejectsWith(promise: Promise<unknown>, code: string): Promise<void> {
  await assert.rejects(promise, (error) => {
    const coded = fromResponseError(error);
    return isCoded(coded) && coded.code === code;
  });
}
