import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { isCoded } from '../../../src/base/errors.ts';
import { listAndWatch } from '../../../src/kube/cluster/listAndWatch.ts';
import { listPages } from '../../../src/kube/cluster/pagedList.ts';
import type { Resource } from '../../../src/kube/cluster/resources.ts';
import { isStatus } from '../../../src/rest/statusError.ts';
import { startDemoAccess } from '../../support/demoAccess.ts';
import { never } from '../../support/never.ts';

const MODEST = 1201;
const access = await startDemoAccess({ largePods: MODEST });
after(() => access[Symbol.asyncDispose]());

test('every resource is listed and found by name', async () => {
  const cluster = await access.connect();
  const resources: readonly Resource[] = [
    'namespaces',
    'pods',
    'services',
    'endpointslices',
    'deployments',
    'replicasets',
    'statefulsets',
    'daemonsets',
    'jobs',
  ];
  for (const resource of resources) {
    const namespace = resource === 'namespaces' ? undefined : 'demo';
    const { items, resourceVersion } = await listPages(
      cluster,
      resource,
      { namespace },
      never,
      (object) => object,
    );
    assert.match(resourceVersion, /^\d+$/, resource);
    const name = items[0]?.metadata?.name;
    assert.ok(name, resource);
    assert.equal((await cluster.get(resource, namespace, name, never)).metadata?.name, name);
  }
});

test('a long list arrives in pages with each pod once', async () => {
  const cluster = await access.connect();
  const { items } = await listPages(cluster, 'pods', { namespace: 'large' }, never, (object) => object);
  assert.equal(new Set(items.map(({ metadata }) => metadata?.uid)).size, MODEST);
});

test('a deleted pod and its replacement are followed', async () => {
  const cluster = await access.connect();
  const pods = new Map<string, string>();
  let deleted = '';
  for await (const change of listAndWatch(
    cluster,
    'pods',
    { namespace: 'staging', labelSelector: 'app=web' },
    never,
  )) {
    if (change.type === 'listed') {
      for (const { metadata } of change.items) pods.set(metadata?.uid ?? '', metadata?.name ?? '');
      deleted = [...pods.keys()][0] ?? '';
      access.demo.pods.delete('staging', pods.get(deleted) ?? '');
    } else if (change.type === 'removed') {
      pods.delete(change.object.metadata?.uid ?? '');
    } else if (change.type === 'changed')
      pods.set(change.object.metadata?.uid ?? '', change.object.metadata?.name ?? '');
    if (!pods.has(deleted) && pods.size === 1) break;
  }
});

test('a token, a certificate, impersonation and no credentials work', async () => {
  for (const overrides of [
    {},
    { context: 'demo-certificate' },
    { token: access.demo.token('demo-viewer') },
  ]) {
    const cluster = await access.connect(overrides);
    assert.equal((await cluster.get('pods', 'demo', 'web', never)).metadata?.name, 'web');
  }
  const developer = await access.connect({ as: 'demo-developer' });
  await assert.rejects(developer.listPage('namespaces', {}, never), (error) => {
    assert.ok(isCoded(error, 'FORBIDDEN_CLUSTER_WIDE'));
    assert.equal(error.arguments.user, 'demo-developer');
    return true;
  });
  const wrong = await access.connect({ token: 'wrong' });
  await assert.rejects(wrong.get('pods', 'demo', 'web', never), (error) => isCoded(error, 'UNAUTHORIZED'));
});

test('an untrusted certificate and a wrong name are TLS errors', async () => {
  const untrusted = await access
    .connect({ server: access.demo.server.href, certificateAuthority: '/dev/null' })
    .catch((error: unknown) => error);
  assert.ok(isCoded(untrusted, 'TLS'));
  const otherName = await access.connect({ tlsServerName: 'other.example' });
  await assert.rejects(otherName.get('pods', 'demo', 'web', never), (error) => isCoded(error, 'TLS'));
  const named = await access.connect({ tlsServerName: 'demo.cluster.test' });
  assert.ok(await named.get('pods', 'demo', 'web', never));
});

test('a cluster behind a path prefix works', async () => {
  await using prefixed = await startDemoAccess({ pathPrefix: '/k8s/clusters/demo' });
  const cluster = await prefixed.connect();
  assert.ok(await cluster.get('pods', 'demo', 'web', never));
});

test('an expired position during a watch leads to a new list', async () => {
  const cluster = await access.connect();
  let lists = 0;
  for await (const change of listAndWatch(cluster, 'services', { namespace: 'demo' }, never)) {
    assert.equal(change.type, 'listed');
    lists += 1;
    if (lists === 2) break;
    access.demo.faults.expireResourceVersions();
  }
});

test('errors of the server keep their status', async () => {
  const cluster = await access.connect();
  for (const status of [429, 500, 503]) {
    const fault = access.demo.faults.add({ type: 'answer', status });
    await assert.rejects(cluster.get('pods', 'demo', 'web', never), (error) => isStatus(error, status));
    fault.dispose();
  }
  await access.demo.faults.restart();
  assert.ok(await cluster.get('pods', 'demo', 'web', never), 'after a restart over a new connection');
});
