import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CodedError } from '../../../src/base/errors.ts';
import type { ObjectTarget, Target } from '../../../src/kinds/target.ts';
import type { PodState } from '../../../src/session/ports.ts';
import { TargetWatch } from '../../../src/session/targetWatch.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { FakeCluster } from '../../support/fakeCluster.ts';

const settle = () => new Promise((resolve) => setImmediate(resolve));

/**
 * Watches the pod `web-1-x`, which the ReplicaSet `web-1` controls. `controllers` are the controllers that it finds.
 */
function watchPod(cluster: FakeCluster, target: Target = { kind: 'pod', name: 'web-1-x' }) {
  const clock = new FakeClock();
  const lists: (readonly PodState[])[] = [];
  const controllers: ObjectTarget[] = [];
  const watch = new TargetWatch({
    access: () => Promise.resolve({ cluster }),
    target,
    namespace: 'demo',
    remotePorts: [80],
    ownedOnly: true,
    resolved: {
      pod: { namespace: 'demo', name: 'web-1-x', uid: 'x' },
      isReady: true,
      isTerminating: false,
      ports: [{ local: 80, remote: 80 }],
    },
    controller: { kind: 'replicaset', name: 'web-1' },
    onTopController: (controller) => controllers.push(controller),
    onTargetChanged: () => {},
    name: 'pod/web-1-x',
    observer: { onPods: (pods) => lists.push(pods), onChanged: () => {}, onSeen: () => {} },
    clock,
  });
  return { watch, clock, controllers, lists };
}

const replicaSet = {
  metadata: {
    name: 'web-1',
    ownerReferences: [
      { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: 'web', controller: true },
    ],
  },
};

test('the Deployment of a pod is looked up again after a failed request, and then no more', async () => {
  const cluster = new FakeCluster();
  cluster.lists.push({ items: [], resourceVersion: '1' });
  cluster.gets.push(new CodedError('UNREACHABLE'), new CodedError('TIMED_OUT'), replicaSet);
  const { watch, clock, controllers } = watchPod(cluster);
  const lookUps = () => cluster.calls.filter((call) => call.startsWith('get replicasets')).length;
  await settle();
  assert.deepEqual([lookUps(), controllers], [1, []]);
  for (const count of [2, 3, 3]) {
    clock.advance(30_000);
    await settle();
    assert.equal(lookUps(), count);
  }
  assert.deepEqual(controllers, [{ kind: 'deployment', name: 'web' }]);
  watch.dispose();
  assert.equal(clock.pending, 0);
});

test('a disposed watch does not look up the Deployment again', async () => {
  const cluster = new FakeCluster();
  cluster.lists.push({ items: [], resourceVersion: '1' });
  cluster.gets.push(new CodedError('UNREACHABLE'));
  const { watch, clock, controllers } = watchPod(cluster);
  await settle();
  watch.dispose();
  await settle();
  assert.deepEqual([clock.pending, controllers], [0, []]);
});

test('pods that the user may list but not watch are listed every 10 s', async () => {
  const cluster = new FakeCluster({ gets: [replicaSet] });
  const forbidden = new CodedError('FORBIDDEN');
  const pod = { metadata: { name: 'web-1-x', uid: 'x' } };
  cluster.lists.push({ items: [pod], resourceVersion: '1' }, { items: [], resourceVersion: '2' }, forbidden);
  cluster.watches.push(forbidden, forbidden);
  const { watch, clock, lists } = watchPod(cluster, { kind: 'selector', name: 'app=web' });
  const names = () => lists.map((pods) => pods.map(({ name }) => name));
  await settle();
  assert.deepEqual(names(), [['web-1-x']]);
  clock.advance(9_999);
  await settle();
  assert.equal(lists.length, 1);
  clock.advance(1);
  await settle();
  assert.deepEqual(names(), [['web-1-x'], []]);
  watch.dispose();
  await settle();
  assert.equal(clock.pending, 0);
});

test('a watch that is forbidden is tried again after a minute, because the permission may return', async () => {
  const forbidden = new CodedError('FORBIDDEN');
  const cluster = new FakeCluster({ gets: [replicaSet, forbidden] });
  cluster.lists.push(forbidden, { items: [], resourceVersion: '1' });
  const { watch, clock, lists } = watchPod(cluster);
  await settle();
  clock.advance(59_999);
  await settle();
  assert.deepEqual(lists, []);
  clock.advance(1);
  await settle();
  assert.deepEqual(lists, [[]]);
  watch.dispose();
  assert.equal(clock.pending, 0);
});
