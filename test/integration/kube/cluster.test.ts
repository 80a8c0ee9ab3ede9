import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { isCoded } from '../../../src/base/errors.ts';
import { coded } from '../../support/coded.ts';
import { startDemoAccess } from '../../support/demoAccess.ts';
import { never } from '../../support/never.ts';

const access = await startDemoAccess();
after(() => access[Symbol.asyncDispose]());

test('every resource is listed and found by name', async () => {
  const cluster = await access.connect();
  const workloads = ['deployments', 'replicasets', 'statefulsets', 'daemonsets', 'jobs'] as const;
  for (const resource of ['namespaces', 'pods', 'services', 'endpointslices', ...workloads] as const) {
    const namespace = resource === 'namespaces' ? undefined : 'demo';
    const { items, resourceVersion } = await cluster.listPage(resource, { namespace }, never);
    assert.match(resourceVersion, /^\d+$/, resource);
    const name = items[0]?.metadata?.name;
    assert.ok(name, resource);
    assert.equal((await cluster.get(resource, namespace, name, never)).metadata?.name, name);
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
  const forbidden = coded('FORBIDDEN_CLUSTER_WIDE', { user: 'demo-developer' });
  await assert.rejects(developer.listPage('namespaces', {}, never), forbidden);
  const wrong = await access.connect({ token: 'wrong' });
  await assert.rejects(wrong.get('pods', 'demo', 'web', never), coded('UNAUTHORIZED'));
});

test('an untrusted certificate and a wrong name are TLS errors', async () => {
  const untrusted = await access
    .connect({ server: access.demo.server.href, certificateAuthority: '/dev/null' })
    .catch((error: unknown) => error);
  assert.ok(isCoded(untrusted, 'TLS'));
  const otherName = await access.connect({ tlsServerName: 'other.example' });
  await assert.rejects(otherName.get('pods', 'demo', 'web', never), coded('TLS'));
  const named = await access.connect({ tlsServerName: 'demo.cluster.test' });
  assert.ok(await named.get('pods', 'demo', 'web', never));
});
