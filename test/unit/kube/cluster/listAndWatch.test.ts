import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CodedError } from '../../../../src/base/errors.ts';
import { type ListChange, listAndWatch } from '../../../../src/kube/cluster/listAndWatch.ts';
import { listPages } from '../../../../src/kube/cluster/pagedList.ts';
import type { Pod } from '../../../../src/kube/cluster/resources.ts';
import { statusError } from '../../../../src/rest/statusError.ts';
import { FakeClock } from '../../../support/fakeClock.ts';
import { FakeCluster } from '../../../support/fakeCluster.ts';
import { never } from '../../../support/never.ts';
import { restConfigFor } from '../../../support/restConfig.ts';

const gone = statusError(restConfigFor(new URL('https://k')), { code: 410, message: 'too old' });
const unreachable = new CodedError('UNREACHABLE', { server: 'https://k', reason: 'ETIMEDOUT' });
const pod = (name: string, resourceVersion: string) => ({ metadata: { name, resourceVersion } });

/** Returns the first `count` changes as short texts such as `listed a,b`. */
async function take(changes: AsyncIterable<ListChange<Pod>>, count: number): Promise<string[]> {
  const texts: string[] = [];
  for await (const change of changes) {
    assert.ok(change.type !== 'leftOut');
    const names = change.type === 'listed' ? change.items : [change.object];
    texts.push(`${change.type} ${names.map(({ metadata }) => metadata?.name).join()}`);
    if (texts.length === count) break;
  }
  return texts;
}

test('a watch that ends continues where it stopped, and bookmarks count', async () => {
  const cluster = new FakeCluster({ lists: [{ items: [pod('a', '1')], resourceVersion: '5' }] });
  cluster.watches.push(
    [
      { type: 'ADDED', object: pod('b', '6') },
      { type: 'BOOKMARK', object: { metadata: { resourceVersion: '9' } } },
    ],
    [{ type: 'MODIFIED', object: pod('b', '10') }, { type: 'DELETED', object: pod('a', '11') }, 'open'],
  );
  const changes = await take(listAndWatch(cluster, 'pods', { namespace: 'demo' }, never), 4);
  assert.deepEqual(changes, ['listed a', 'changed b', 'changed b', 'removed a']);
  assert.deepEqual(cluster.calls, [
    'list pods {"namespace":"demo","limit":500}',
    'watch pods {"namespace":"demo","resourceVersion":"5"}',
    'watch pods {"namespace":"demo","resourceVersion":"9"}',
  ]);
});

test('a position that is too old leads to a new list', async () => {
  const cluster = new FakeCluster();
  cluster.lists.push({ items: [], resourceVersion: '5' }, { items: [pod('b', '8')], resourceVersion: '9' });
  cluster.watches.push([{ type: 'ADDED', object: pod('a', '6') }, gone], ['open']);
  const changes = await take(listAndWatch(cluster, 'pods', {}, never), 3);
  assert.deepEqual(changes, ['listed ', 'changed a', 'listed b']);
});

test('a watch that ends at once without an event is started again after a pause', async () => {
  const clock = new FakeClock();
  const cluster = new FakeCluster();
  cluster.lists.push({ items: [], resourceVersion: '5' });
  cluster.watches.push([], [{ type: 'ADDED', object: pod('a', '6') }]);
  const changes = listAndWatch(cluster, 'pods', {}, never, clock);
  await changes.next();
  const next = changes.next();
  while (clock.pending === 0) await new Promise(setImmediate);
  assert.equal(cluster.calls.length, 2);
  clock.advance(1000);
  assert.equal((await next).value.type, 'changed');
  await changes.return(undefined as never);
});

test('a cut connection leads to another watch without a list, and one that cannot be opened is reported', async () => {
  const cluster = new FakeCluster({ lists: [{ items: [], resourceVersion: '5' }] });
  const cut = new CodedError('LOST_CONNECTION_TO_SERVER', { reason: 'ECONNRESET' });
  cluster.watches.push([{ type: 'ADDED', object: pod('a', '6') }, cut], unreachable);
  const changes = listAndWatch(cluster, 'pods', {}, never, new FakeClock());
  assert.deepEqual(
    [(await changes.next()).value.type, (await changes.next()).value.type],
    ['listed', 'changed'],
  );
  await assert.rejects(changes.next(), (error) => error === unreachable);
  assert.deepEqual(cluster.calls.slice(1), [
    'watch pods {"resourceVersion":"5"}',
    'watch pods {"resourceVersion":"6"}',
  ]);
});

test('a watch that cannot be opened is reported, however long the try takes', async () => {
  const clock = new FakeClock();
  const cluster = new FakeCluster({ lists: [{ items: [], resourceVersion: '5' }] });
  const errors = [unreachable, new Error('tried again')];
  cluster.watch = () => {
    clock.leap(30_000);
    throw errors.shift();
  };
  await assert.rejects(
    take(listAndWatch(cluster, 'pods', {}, never, clock), 2),
    (error) => error === unreachable,
  );
});

test('another error of the watch is thrown', async () => {
  const cluster = new FakeCluster();
  cluster.lists.push({ items: [], resourceVersion: '5' });
  cluster.watches.push(new Error('lost'));
  await assert.rejects(take(listAndWatch(cluster, 'pods', {}, never), 2), /lost/);
});

test('pages are joined, and read again in one piece when their token has expired', async () => {
  const cluster = new FakeCluster();
  const first = { items: [pod('a', '1')], resourceVersion: '5', continue: 't1' };
  cluster.lists.push(first, { items: [pod('b', '2')], resourceVersion: '6', continue: 't2' });
  cluster.lists.push({ items: [pod('c', '3')], resourceVersion: '7' });
  const list = await listPages(cluster, 'pods', {}, never, (object) => object);
  const names = ({ items }: typeof list) => items.map(({ metadata }) => metadata?.name);
  assert.deepEqual(names(list), ['a', 'b', 'c']);
  assert.equal(list.resourceVersion, '5');

  cluster.lists.push(first, gone, { items: [pod('z', '9')], resourceVersion: '9' });
  const again = await listPages(cluster, 'pods', {}, never, (object) => object);
  assert.deepEqual(names(again), ['z']);
  assert.equal(cluster.calls.at(-1), 'list pods {}');
});

test('a server that ends every watch at once, or calls every position too old, is asked with pauses', async () => {
  for (const watch of [[{ type: 'BOOKMARK' as const, object: pod('a', '6') }], gone]) {
    const cluster = new FakeCluster();
    for (let index = 0; index < 5; index++) {
      cluster.lists.push({ items: [], resourceVersion: '5' });
      cluster.watches.push(watch);
    }
    const stop = new AbortController();
    const changes = listAndWatch(cluster, 'pods', {}, stop.signal, new FakeClock());
    await changes.next();
    const next = changes.next();
    next.catch(() => {});
    // The fake clock does not advance, so no pause ends. Requests that need no pause have been sent after these turns.
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
    assert.ok(cluster.calls.length <= 3, cluster.calls.join('\n'));
    stop.abort();
    await assert.rejects(next);
  }
});
