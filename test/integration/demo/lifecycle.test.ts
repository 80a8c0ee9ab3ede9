import assert from 'node:assert/strict';
import { readFile, stat } from 'node:fs/promises';
import net from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { startDemoCluster } from '../../../src/demo/entry.ts';
import { apiFixtureText } from '../../support/apiFixture.ts';
import { assertPrivate } from '../../support/assertPrivate.ts';
import { demoClusterFor } from '../../support/demoForward.ts';
import { eventually } from '../../support/eventually.ts';
import { temporaryDirectory } from '../../support/temporaryDirectory.ts';
import { request, TestTunnel, type WatchEvent, watch } from './demoClient.ts';

const PODS = '/api/v1/namespaces/demo/pods';

/** Returns the parts of a watch event that show in which step of its life a pod is, as a short text. */
function step({ type, object }: WatchEvent): string {
  const { metadata, spec, status } = object;
  const { state } = status.containerStatuses?.[0] ?? {};
  const ready = status.conditions?.find((each: { type: string }) => each.type === 'Ready');
  return [
    type,
    status.phase,
    spec.nodeName === undefined ? 'unscheduled' : 'scheduled',
    state === undefined ? 'no container' : Object.keys(state).join(),
    ready === undefined ? 'no condition' : `ready ${ready.status} ${ready.reason ?? ''}`.trim(),
    metadata.deletionGracePeriodSeconds === undefined ? '' : `grace ${metadata.deletionGracePeriodSeconds}`,
    status.podIP === undefined ? 'no address' : 'address',
  ].join(', ');
}

function recordedSteps(): { readonly leaving: string[]; readonly coming: string[] } {
  const events = apiFixtureText('watch-pod-replaced.jsonl')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as WatchEvent)
    .filter(({ type }) => type !== 'BOOKMARK');
  const of = (name: string) => events.filter(({ object }) => object.metadata.name === name).map(step);
  return { leaving: of('web-596957f787-txdx2').slice(1), coming: of('web-596957f787-lksx5') };
}

describe('the life of the demo cluster', () => {
  test('a deleted pod is replaced in the recorded steps', async (t) => {
    const cluster = await demoClusterFor(t);
    const before = cluster.pods.list('demo', { app: 'web' }).map(({ metadata }) => metadata.name);
    const [name = ''] = before;
    await using events = await watch(cluster, `${PODS}?watch=true&labelSelector=app%3Dweb`);
    await events.next();
    await events.next();
    assert.equal((await request(cluster, `${PODS}/${name}`, { method: 'DELETE' })).status, 200);
    const seen: WatchEvent[] = [];
    let isReady = false;
    while (!isReady || !seen.some(({ type }) => type === 'DELETED')) {
      const event = await events.next();
      seen.push(event);
      isReady ||= event.object.status.containerStatuses?.[0].ready && event.object.metadata.name !== name;
    }
    const recorded = recordedSteps();
    const of = (isOld: boolean) =>
      seen.filter(({ object }) => (object.metadata.name === name) === isOld).map(step);
    assert.deepEqual(of(true), recorded.leaving);
    assert.deepEqual(of(false), recorded.coming);
  });

  test('a StatefulSet pod comes back under its name, and a DaemonSet pod under a new one', async (t) => {
    const cluster = await demoClusterFor(t);
    const oldDatabase = cluster.pods.get('demo', 'db-0').metadata.uid;
    const [oldAgent] = cluster.pods.list('demo', { app: 'agent' });
    await using events = await watch(
      cluster,
      `${PODS}?watch=true&resourceVersion=${cluster.store.resourceVersion}`,
    );
    cluster.pods.delete('demo', 'db-0');
    cluster.pods.delete('demo', oldAgent?.metadata.name ?? '');
    const running = new Set<string>();
    while (running.size < 2) {
      const { object } = await events.until(({ object: pod }) => pod.status.podIP !== undefined);
      const isNew = object.metadata.uid !== oldDatabase && object.metadata.uid !== oldAgent?.metadata.uid;
      if (isNew) running.add(object.metadata.labels.app);
    }
    assert.notEqual(cluster.pods.get('demo', 'db-0').metadata.uid, oldDatabase);
    assert.equal(cluster.pods.list('demo', { app: 'agent' }).length, 1);
  });

  test('a rollout starts new pods before old ones end, and endpoints follow', async (t) => {
    const cluster = await demoClusterFor(t, { podTimings: { startMs: 20, stopMs: 5 } });
    const old = cluster.pods.list('demo', { app: 'web' }).map(({ metadata }) => metadata.uid);
    let fewest = Number.POSITIVE_INFINITY;
    const done = new Promise<void>((resolve) => {
      cluster.store.onDidChange(() => {
        const deployment = cluster.store.get('deployments.apps', 'demo', 'web');
        fewest = Math.min(fewest, deployment?.status.readyReplicas ?? 0);
        const { observedGeneration, updatedReplicas, replicas, readyReplicas } = deployment?.status ?? {};
        if (observedGeneration === 2 && updatedReplicas === 2 && replicas === 2 && readyReplicas === 2)
          resolve();
      });
    });
    const patched = await request(cluster, '/apis/apps/v1/namespaces/demo/deployments/web', {
      method: 'PATCH',
      headers: { 'content-type': 'application/strategic-merge-patch+json' },
      body: { spec: { template: { metadata: { annotations: { 'demo/restartedAt': 'now' } } } } },
    });
    assert.equal(patched.status, 200);
    await done;
    assert.equal(fewest, 2);
    const current = cluster.pods
      .list('demo', { app: 'web' })
      .filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    assert.equal(current.length, 2);
    assert.ok(current.every(({ metadata }) => !old.includes(metadata.uid)));
    const revision = cluster.store.get('deployments.apps', 'demo', 'web')?.metadata.annotations;
    assert.equal(revision?.['deployment.kubernetes.io/revision'], '2');
  });

  test('the kubeconfig is private to its owner, never overwrites a file, and is removed with the cluster', async () => {
    await using folder = await temporaryDirectory();
    const kubeconfigPath = join(folder.path, 'config');
    const cluster = await startDemoCluster({ kubeconfigPath });
    try {
      await assertPrivate(kubeconfigPath);
      assert.equal(await readFile(kubeconfigPath, 'utf8'), cluster.kubeconfig);
      await assert.rejects(startDemoCluster({ kubeconfigPath }), { code: 'EEXIST' });
      assert.equal(await readFile(kubeconfigPath, 'utf8'), cluster.kubeconfig);
    } finally {
      await cluster.dispose();
    }
    await assert.rejects(stat(kubeconfigPath), { code: 'ENOENT' });
  });

  test('disposing closes everything and frees the port', async () => {
    const left = (): number =>
      process.getActiveResourcesInfo().filter((name) => /^(TCP|TLS|Timeout|Immediate)/.test(name)).length;
    assert.equal(left(), 0);
    const cluster = await startDemoCluster();
    const tunnel = await TestTunnel.open(cluster, { transport: 'spdy', pod: 'echo' });
    tunnel.connect(7).data.write('x');
    await using events = await watch(cluster, `${PODS}?watch=true&allowWatchBookmarks=true`);
    await cluster.activity.until((now) => now.openPodConnections === 1, AbortSignal.timeout(5_000));
    cluster.pods.delete('demo', 'web');
    const closed = new Promise<void>((resolve) => void tunnel.spdy.onDidClose(() => resolve()));
    await cluster.dispose();
    await Promise.all([events.ended(), closed]);
    const again = net.createServer();
    await new Promise<void>((resolve, reject) => {
      again.once('error', reject).listen(Number(cluster.server.port), '127.0.0.1', resolve);
    });
    await new Promise((resolve) => again.close(resolve));
    tunnel[Symbol.dispose]();
    await eventually(() => left() === 0, 'sockets or timers are left');
  });

  test('a port in use is reported, and nothing is left behind', async (t) => {
    const cluster = await demoClusterFor(t);
    await assert.rejects(startDemoCluster({ port: Number(cluster.server.port) }), { code: 'EADDRINUSE' });
  });
});
