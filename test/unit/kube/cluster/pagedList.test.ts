import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CodedError } from '../../../../src/base/errors.ts';
import { listAndWatch } from '../../../../src/kube/cluster/listAndWatch.ts';
import { listPages } from '../../../../src/kube/cluster/pagedList.ts';
import { statusError } from '../../../../src/rest/statusError.ts';
import { coded } from '../../../support/coded.ts';
import { FakeCluster, type FakeEvent } from '../../../support/fakeCluster.ts';
import { never } from '../../../support/never.ts';
import { restConfigFor } from '../../../support/restConfig.ts';

const tooLarge = () => new CodedError('TOO_LARGE', { server: 'https://k', reason: 'more than 32 MiB' });
const gone = statusError(restConfigFor(new URL('https://k')), { code: 410, message: 'too old' });
const listPods = (cluster: FakeCluster) => listPages(cluster, 'pods', {}, never, (object) => object);
const pods = (first: number, count: number) =>
  Array.from({ length: count }, (_, index) => ({ metadata: { name: `p${first + index}` } }));
const page = (first: number, count: number, next?: string) => ({
  items: pods(first, count),
  resourceVersion: '1',
  ...(next && { continue: next }),
});
const limits = ({ calls }: FakeCluster) =>
  calls.map((call) => {
    const { limit, continue: next } = JSON.parse(call.slice('list pods '.length)) as Record<string, unknown>;
    return `${limit ?? 'whole'} ${next ?? ''}`.trim();
  });

test('a page that is too large is requested with 50 objects, then with one, then refused', async () => {
  const cluster = new FakeCluster({ lists: [page(0, 500, 't'), tooLarge(), tooLarge(), page(500, 1)] });
  assert.equal((await listPods(cluster)).items.length, 501);
  assert.deepEqual(limits(cluster), ['500', '500 t', '50 t', '1 t']);

  const stubborn = new FakeCluster({ lists: [tooLarge(), tooLarge(), tooLarge()] });
  await assert.rejects(listPods(stubborn), coded('TOO_LARGE'));
  assert.deepEqual(limits(stubborn), ['500', '50', '1']);
});

test('pages grow again after large objects', async () => {
  const cluster = new FakeCluster({ lists: [tooLarge(), tooLarge()] });
  for (let i = 0; i < 50; i++) cluster.lists.push(page(i, 1, `s${i}`));
  for (let i = 1; i <= 10; i++) cluster.lists.push(page(i * 50, 50, `m${i}`));
  cluster.lists.push(page(550, 500));
  assert.equal((await listPods(cluster)).items.length, 1050);
  assert.deepEqual(
    limits(cluster).filter((limit, index, all) => limit.split(' ')[0] !== all[index - 1]?.split(' ')[0]),
    ['500', '50', '1', '50 s49', '500 m10'],
  );
});

test('a list with an expired token that is too large in one piece is read again in pages', async () => {
  const cluster = new FakeCluster();
  cluster.lists.push(page(0, 500, 't'), gone, tooLarge(), page(0, 500, 'u'), page(500, 3));
  assert.equal((await listPods(cluster)).items.length, 503);
  assert.deepEqual(limits(cluster), ['500', '500 t', 'whole', '500', '500 u']);
});

test('a list with endless pages, objects or bytes is given up', async () => {
  const empty = new FakeCluster();
  for (let i = 0; i < 1100; i++) empty.lists.push(page(0, 0, `t${i}`));
  await assert.rejects(listPods(empty), /more than 1000 pages of pods/);
  assert.equal(empty.calls.length, 1000);

  const many = new FakeCluster();
  for (let i = 0; i < 100; i++) many.lists.push(page(i * 500, 500, `t${i}`));
  await assert.rejects(listPods(many), /more than 20000 pods/);
  assert.equal(many.calls.length, 41);

  const large = new FakeCluster();
  const size = 256 * 1024;
  for (let i = 0; i < 10; i++) {
    large.lists.push({ ...page(i * 100, 100, `t${i}`), sizes: Array.from({ length: 100 }, () => size) });
  }
  await assert.rejects(listPods(large), /more than \d+ MiB of pods/);
  assert.equal(large.calls.length, 3);
});

test('a watch that adds objects without end is given up, and deletions make room', async () => {
  const events = (type: string, first: number, count: number): FakeEvent[] =>
    pods(first, count).map((object) => ({ type, object }));
  const cluster = new FakeCluster({ lists: [page(0, 1)] });
  cluster.watches.push([
    ...events('ADDED', 1, 19_999),
    ...events('DELETED', 0, 10_000),
    ...events('ADDED', 20_000, 10_000),
    ...events('MODIFIED', 20_000, 10_000),
    ...events('ADDED', 40_000, 1),
  ]);
  let changes = 0;
  await assert.rejects(async () => {
    for await (const change of listAndWatch(cluster, 'pods', {}, never)) {
      if (change.type !== 'listed') changes += 1;
    }
  }, coded('TOO_LARGE'));
  assert.equal(changes, 49_999);
});

test('objects without a valid name are counted', async () => {
  const cluster = new FakeCluster({ lists: [{ ...page(0, 1), unusable: 2 }] });
  const changes: unknown[] = [];
  for await (const change of listAndWatch(cluster, 'pods', {}, never)) {
    changes.push(change.type === 'leftOut' ? change.count : change.type);
    if (changes.length === 2) break;
  }
  assert.deepEqual(changes, ['listed', 2]);
});
