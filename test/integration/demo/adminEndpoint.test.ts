import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { demoClusterFor } from '../../support/demoForward.ts';
import { request, TestTunnel } from './demoClient.ts';

const cluster = await demoClusterFor({ after });

describe('the admin endpoint of the demo cluster', () => {
  const post = (path: string, body: unknown = {}) => request(cluster, path, { method: 'POST', body });

  test('is for admins only', async () => {
    for (const user of ['demo-developer', 'demo-viewer'] as const) {
      assert.equal((await request(cluster, '/demo/state', { user })).status, 403);
    }
    const anonymous = await request(cluster, '/demo/state', { headers: { authorization: '' } });
    assert.notEqual(anonymous.status, 200);
    assert.equal((await request(cluster, '/demo/state')).status, 200);
  });

  test('switches a fault on, lists it and lifts it', async () => {
    const added = await post('/demo/faults', { type: 'answer', status: 500, path: '/version' });
    assert.equal(added.status, 201);
    assert.equal((await request(cluster, '/version')).status, 500);
    const { id } = added.json<{ id: number }>();
    const state = (await request(cluster, '/demo/state')).json<{ faults: unknown[] }>();
    assert.deepEqual(state.faults, [{ id, fault: { type: 'answer', status: 500, path: '/version' } }]);
    assert.equal((await request(cluster, `/demo/faults/${id}`, { method: 'DELETE' })).status, 200);
    assert.equal((await request(cluster, '/version')).status, 200);
    assert.equal((await request(cluster, `/demo/faults/${id}`, { method: 'DELETE' })).status, 404);
  });

  test('reports an invalid fault in one line', async () => {
    const bad = [
      [{ type: 'answer', status: 200 }, 'status is missing or invalid'],
      [{ type: 'freeze', durationMs: 'long' }, 'durationMs must be a number of milliseconds'],
      [{ type: 'freeze' }, 'a freeze needs durationMs: while it lasts, no new connection can lift it'],
    ] as const;
    for (const [fault, message] of bad) {
      const answer = await post('/demo/faults', fault);
      assert.deepEqual([answer.status, answer.json<{ message: string }>().message], [400, message]);
    }
    assert.deepEqual(cluster.faults.list(), []);
  });

  test('drops tunnels, expires versions, and changes pods', async () => {
    using tunnel = await TestTunnel.open(cluster, { transport: 'spdy', pod: 'web' });
    const dropped = await post('/demo/tunnels/drop', { mode: 'close' });
    assert.deepEqual(dropped.json(), { dropped: 1 });
    tunnel[Symbol.dispose]();
    const before = cluster.store.resourceVersion;
    await post('/demo/expire');
    assert.equal(cluster.store.changesAfter(before), 'expired');
    assert.equal((await post('/demo/pods/demo/web/not-ready')).status, 200);
    assert.equal(cluster.pods.get('demo', 'web').status.containerStatuses?.[0]?.ready, false);
    assert.equal((await post('/demo/pods/demo/web/ready')).status, 200);
    assert.equal((await post('/demo/pods/demo/web/restart')).status, 200);
    assert.equal((await post('/demo/pods/demo/echo/delete', { gracePeriodSeconds: 0 })).status, 200);
    assert.throws(() => cluster.pods.get('demo', 'echo'), { name: 'UnknownPodError' });
    const unknown = await post('/demo/pods/demo/echo/ready');
    assert.deepEqual(
      [unknown.status, unknown.json<{ message: string }>().message],
      [400, 'no pod "echo" in namespace "demo"'],
    );
  });

  test('answers a restart before it happens', async () => {
    assert.equal((await post('/demo/restart')).status, 200);
    let isBack = false;
    while (!isBack)
      isBack = await request(cluster, '/version').then(
        ({ status }) => status === 200,
        () => false,
      );
  });
});
