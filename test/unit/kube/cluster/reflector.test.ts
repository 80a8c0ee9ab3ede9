import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isCoded } from '../../../../src/base/errors.ts';
import { KINDS, type KindInfo } from '../../../../src/kinds/targetKinds.ts';
import { Reflector } from '../../../../src/kube/cluster/reflector.ts';
import { FakeClock } from '../../../support/fakeClock.ts';
import { FakeCluster } from '../../../support/fakeCluster.ts';

const object = (name: string, resourceVersion = '1') => ({
  metadata: { name, uid: `uid-${name}`, resourceVersion },
});
const list = (...names: string[]) => ({ items: names.map((name) => object(name)), resourceVersion: '5' });

function reflect(cluster: FakeCluster, clock = new FakeClock(), customKind?: KindInfo) {
  const reflector = new Reflector({
    access: () => Promise.resolve({ cluster }),
    resource: 'pods',
    ...(customKind && { customKind }),
    query: { namespace: 'demo' },
    toItem: ({ metadata }) => metadata?.name ?? '',
    clock,
    random: () => 0,
  });
  const names = () => [...reflector.items.values()].join();
  /** Waits for the next change that fulfils the condition. */
  const until = (condition: () => boolean) =>
    new Promise<void>((resolve) => {
      const subscription = reflector.onDidChange(() => {
        if (!condition()) return;
        subscription.dispose();
        resolve();
      });
      if (condition()) resolve();
    });
  return { reflector, names, until };
}

test('the reflector keeps its items and follows changes', async () => {
  const cluster = new FakeCluster({ lists: [list('a', 'b')] });
  cluster.watches.push([
    { type: 'ADDED', object: object('c', '6') },
    { type: 'DELETED', object: object('a', '7') },
    'open',
  ]);
  const { reflector, names, until } = reflect(cluster);
  assert.deepEqual(reflector.state, { type: 'loading' });
  assert.ok(!reflector.isLoaded);
  await until(() => reflector.isLoaded);
  assert.equal(names(), 'a,b');
  await until(() => names() === 'b,c');
  assert.deepEqual(reflector.state, { type: 'following' });
  reflector.dispose();
});

test('a failure keeps the items, is shown, and is retried with growing pauses', async () => {
  const clock = new FakeClock();
  const cluster = new FakeCluster();
  const error = new Error('lost');
  cluster.lists.push(list('a'), error, error, list('a', 'b'));
  cluster.watches.push([error], ['open']);
  const { reflector, names, until } = reflect(cluster, clock);
  const lists = () => cluster.calls.filter((call) => call.startsWith('list')).length;
  const failures = async (count: number) => {
    await until(() => reflector.state.type === 'failed' && lists() === count);
    assert.equal(clock.pending, 1);
  };
  await failures(1);
  assert.deepEqual(reflector.state, { type: 'failed', error });
  assert.equal(names(), 'a');
  clock.advance(250);
  await failures(2);
  clock.advance(499);
  assert.equal(lists(), 2);
  clock.advance(1);
  await failures(3);
  clock.advance(1000);
  await until(() => names() === 'a,b');
  assert.deepEqual(reflector.state, { type: 'following' });
  assert.ok(reflector.isLoaded);
  reflector.dispose();
  assert.equal(clock.pending, 0);
});

test('a watch that fails after each list leads to growing pauses, until a watch has lasted', async () => {
  const clock = new FakeClock();
  const cluster = new FakeCluster({ lists: Array.from({ length: 5 }, () => list('a')) });
  let lastsMs = 0;
  cluster.watch = () => {
    clock.leap(lastsMs);
    throw new Error('502');
  };
  const { reflector, until } = reflect(cluster, clock);
  for (const [index, pauseMs] of [250, 500, 1000, 250].entries()) {
    await until(() => reflector.state.type === 'failed' && cluster.calls.length === index + 1);
    clock.advance(pauseMs - 1);
    assert.equal(clock.pending, 1, `the pause lasts ${pauseMs} ms`);
    lastsMs = index === 2 ? 30_001 : 0;
    clock.advance(1);
    assert.equal(clock.pending, 0);
  }
  reflector.dispose();
});

test('a refresh lists again at once instead of waiting for the next try', async () => {
  const clock = new FakeClock();
  const cluster = new FakeCluster({ lists: [new Error('lost'), list('a'), list('b')] });
  const { reflector, names, until } = reflect(cluster, clock);
  await until(() => reflector.state.type === 'failed');
  reflector.refresh();
  assert.deepEqual(reflector.state, { type: 'loading' });
  await until(() => names() === 'a');
  assert.equal(clock.pending, 0);
  reflector.refresh();
  assert.equal(names(), 'a', 'until there is something new');
  await until(() => names() === 'b');
  reflector.dispose();
});

test('a kind that the server lacks is not listed, and asked for again after ten minutes', async () => {
  const clock = new FakeClock();
  const cluster = new FakeCluster({ lists: [list('a')] });
  const { reflector, names, until } = reflect(cluster, clock, KINDS.rollout);
  await until(() => reflector.state.type === 'failed');
  assert.equal(clock.pending, 1);
  assert.ok(reflector.state.type === 'failed' && isCoded(reflector.state.error, 'RESOURCE_TYPE_NOT_FOUND'));
  cluster.servesCustomKinds = true;
  clock.advance(599_999);
  assert.deepEqual(cluster.calls, []);
  clock.advance(1);
  await until(() => names() === 'a');
  reflector.dispose();
  assert.equal(clock.pending, 0);
});

test('a disposed reflector reports and does nothing', async () => {
  const cluster = new FakeCluster({ lists: [list('a')] });
  const { reflector, until } = reflect(cluster);
  await until(() => reflector.isLoaded);
  let changes = 0;
  reflector.onDidChange(() => changes++);
  reflector.dispose();
  reflector.refresh();
  await new Promise(setImmediate);
  assert.equal(changes, 0);
  assert.equal(reflector.items.size, 0);
  assert.equal(cluster.calls.length, 2);
});
