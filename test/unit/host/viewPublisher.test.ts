import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { toDisposable } from '../../../src/base/disposable.ts';
import { CodedError, isCoded } from '../../../src/base/errors.ts';
import { Emitter } from '../../../src/base/event.ts';
import type { ClusterConnection } from '../../../src/host/kubeAccess.ts';
import { RowSources } from '../../../src/host/rowSources.ts';
import { ViewPublisher } from '../../../src/host/viewPublisher.ts';
import type { RowSource } from '../../../src/host/watchedRows.ts';
import type {
  ContextReference,
  NamespaceRow,
  Row,
  ViewScope,
  ViewSnapshot,
} from '../../../src/rpc/clustersContract.ts';
import { coded } from '../../support/coded.ts';
import { eventually } from '../../support/eventually.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { FakeCluster } from '../../support/fakeCluster.ts';
import { fieldOf } from '../../support/fields.ts';
import { restConfigFor } from '../../support/restConfig.ts';

const CONTEXT: ContextReference = { kubeconfig: '', context: 'demo' };
const row = (name: string): NamespaceRow => ({ type: 'namespace', name, phase: 'Active' });
const PODS = { type: 'pods', context: CONTEXT, namespace: 'demo', limit: 2 } as const satisfies ViewScope;

class FakeSource implements RowSource {
  rows: readonly Row[] = [];
  isLoaded = false;
  error: unknown;
  refreshes = 0;
  readonly #didChange = new Emitter<void>();
  readonly onDidChange = this.#didChange.event;

  refresh(): void {
    this.refreshes++;
  }

  dispose(): void {}
}

/** Returns a publisher of views. All views show the rows of one source, which the test changes with `change`. */
function viewsOver(test: TestContext, source = new FakeSource()) {
  const clock = new FakeClock();
  const published: ViewSnapshot[] = [];
  const followers = new Set<(source: RowSource | undefined, failure: unknown) => void>();
  const views = new ViewPublisher({
    clock,
    onChange: (snapshot) => published.push(snapshot),
    sources: {
      follow: (_scope, follower) => {
        followers.add(follower);
        follower(source, undefined);
        return toDisposable(() => followers.delete(follower));
      },
      refresh: () => Promise.resolve(source.refresh()),
      setScope: () => {},
    },
  });
  const change = (rows: readonly Row[], failure?: unknown, isLoaded = true) => {
    source.rows = rows;
    source.isLoaded = isLoaded;
    for (const follower of [...followers]) follower(source, failure);
  };
  test.after(() => {
    views.dispose();
    assert.equal(clock.pending, 0);
    assert.equal(followers.size, 0);
  });
  return { views, clock, published, change, followers };
}

test('the first change is sent at once, and closely following ones in one batch', (t) => {
  const { views, clock, published, change } = viewsOver(t);
  views.open(1, PODS);
  assert.equal(published.length, 0, 'nothing is there yet');
  change([row('a')]);
  assert.equal(published.length, 1);
  for (let index = 0; index < 1_000; index++) change([row(`a${index}`)]);
  assert.equal(published.length, 1);
  clock.advance(99);
  assert.equal(published.length, 1);
  clock.advance(1);
  assert.equal(published.length, 2);
  assert.equal(published[1]?.rows[0]?.name, 'a999');
  clock.advance(1_000);
  assert.equal(published.length, 2);
});

test('a first list is sent once it is complete', (t) => {
  const { views, clock, published, change } = viewsOver(t);
  views.open(1, PODS);
  change([row('a')], undefined, false);
  assert.equal(published.length, 0);
  clock.advance(10);
  change([row('a'), row('b')]);
  assert.deepEqual([published.length, published[0]?.rows.length], [1, 2]);
  clock.advance(1_000);
  assert.equal(published.length, 1);
});

test('a slow first list sends its rows so far with the next batch', (t) => {
  const { views, clock, published, change } = viewsOver(t);
  views.open(1, PODS);
  clock.advance(1_000);
  change([row('a')], undefined, false);
  assert.equal(published.length, 0);
  clock.advance(100);
  assert.deepEqual([published.length, published[0]?.rows.length, published[0]?.isLoaded], [1, 1, false]);
  change([row('a'), row('b')], undefined, false);
  clock.advance(100);
  assert.equal(published.length, 2);
});

test('only the visible rows are sent', (t) => {
  const { views, clock, published, change } = viewsOver(t);
  views.open(1, PODS);
  clock.advance(100);
  change(['a', 'b', 'c', 'd'].map(row));
  assert.deepEqual(fieldOf(published.at(-1)?.rows, 'name'), ['a', 'b']);
  assert.equal(published.at(-1)?.matching, 4);
  clock.advance(100);
  const count = published.length;
  change([row('a'), row('b'), { ...row('c'), phase: 'Terminating' }, row('d')]);
  assert.equal(published.length, count, 'a row that is not shown');
  clock.advance(100);
  change([row('a'), row('b'), row('c')]);
  assert.equal(published.at(-1)?.total, 3);
});

test('a filter searches all rows regardless of case, and a changed filter is answered at once without the cluster', (t) => {
  const { views, published, change, followers } = viewsOver(t);
  views.open(1, PODS);
  change(['web-1', 'db-1', 'web-2', 'web-3'].map(row));
  views.open(1, { ...PODS, filter: 'Web', limit: 500 });
  assert.deepEqual(fieldOf(published.at(-1)?.rows, 'name'), ['web-1', 'web-2', 'web-3']);
  assert.equal(published.at(-1)?.total, 4);
  const count = published.length;
  views.open(1, { ...PODS, filter: 'web', limit: 500 });
  assert.equal(published.length, count + 1, 'also where it is the same');
  assert.equal(followers.size, 1);
});

test('a failure is sent with the rows so far', (t) => {
  const { views, clock, published, change } = viewsOver(t);
  views.open(7, PODS);
  clock.advance(100);
  change([row('a')]);
  clock.advance(100);
  change([row('a')], new CodedError('UNREACHABLE', { server: 'https://x', reason: 'gone' }));
  assert.equal(published.at(-1)?.error?.code, 'UNREACHABLE');
  assert.equal(published.at(-1)?.rows.length, 1);
  assert.equal(published.at(-1)?.viewId, 7);
  clock.advance(100);
  change([row('a')], new Error('a bug'));
  assert.equal(published.at(-1)?.error?.code, 'INTERNAL');
});

test('a closed view gets nothing and cannot be refreshed', async (t) => {
  const source = new FakeSource();
  const { views, published, change, followers } = viewsOver(t, source);
  views.open(1, PODS);
  await views.refresh(1, new AbortController().signal);
  assert.equal(source.refreshes, 1);
  views.close(1);
  views.close(1);
  const count = published.length;
  change([row('a')]);
  assert.equal(published.length, count);
  assert.equal(followers.size, 0);
  await assert.rejects(views.refresh(1, new AbortController().signal), coded('VIEW_NOT_FOUND'));
});

/**
 * Returns row sources. The first connection gets the first item of `connections`, the second connection gets the second
 * item, and so on. If the item is an error, the connection fails with this error.
 */
function sourcesOver(...connections: readonly (FakeCluster | Error)[]) {
  const clock = new FakeClock();
  const replaced = new Emitter<ContextReference>();
  const left = [...connections];
  const restConfig = restConfigFor(new URL('https://127.0.0.1:1'));
  const connect = (): Promise<ClusterConnection> => {
    const cluster = left.shift();
    if (cluster === undefined) return Promise.reject(new Error('connected too often'));
    if (cluster instanceof Error) return Promise.reject(cluster);
    return Promise.resolve({ cluster, restConfig, namespace: 'default' });
  };
  const signedIn: string[] = [];
  const access = {
    connect,
    signIn: ({ context }: ContextReference) => {
      signedIn.push(context);
      return Promise.resolve({} as ClusterConnection);
    },
    onDidReplace: replaced.event,
  };
  return { sources: new RowSources(access, clock), clock, replaced, signedIn };
}

function podList(...names: readonly string[]): object {
  const items = names.map((name) => ({ metadata: { name, uid: name } }));
  return { items, resourceVersion: '1' };
}

const settle = () => new Promise((resolve) => setTimeout(resolve, 5));

/** Follows the rows of the pods. `last` contains what the follower got last. */
async function follow(sources: RowSources) {
  const last: { rows: readonly Row[]; failure: unknown } = { rows: [], failure: undefined };
  const following = sources.follow(PODS, (source, failure) => {
    Object.assign(last, { rows: source?.rows ?? [], failure });
  });
  await settle();
  return { following, last };
}

test('all views of the same type, context and namespace share one watch, which ends with the last of them', async () => {
  const cluster = new FakeCluster({ lists: [podList('b', 'a')] });
  const { sources, clock } = sourcesOver(cluster);
  const names: string[] = [];
  const first = sources.follow(PODS, (source) =>
    names.splice(0, 9, ...(source?.rows ?? []).map(({ name }) => name)),
  );
  let second = 0;
  const other = sources.follow({ ...PODS, limit: 500, filter: 'x' }, () => second++);
  await settle();
  assert.deepEqual(names, ['a', 'b'], 'by name');
  assert.ok(second > 0);
  assert.deepEqual(cluster.calls.filter((call) => call.startsWith('list')).length, 1);
  assert.equal(sources.size, 1);
  first.dispose();
  assert.equal(sources.size, 1);
  other.dispose();
  assert.equal(sources.size, 0);
  await settle();
  assert.equal(clock.pending, 0);
});

test('an unusable kubeconfig is read again', async () => {
  const cluster = new FakeCluster({ lists: [podList('a')] });
  const { sources, clock } = sourcesOver(new CodedError('KUBECONFIG_INVALID', {}), cluster);
  const { following, last } = await follow(sources);
  assert.ok(isCoded(last.failure, 'KUBECONFIG_INVALID'));
  clock.advance(5_000);
  await settle();
  assert.equal(last.failure, undefined);
  assert.equal(last.rows.length, 1);
  following.dispose();
});

test('a new connection of the context replaces the first', async () => {
  const [before, after] = [new FakeCluster(), new FakeCluster()];
  before.lists.push(podList('old'));
  after.lists.push(podList('new'));
  const { sources, replaced } = sourcesOver(before, after);
  const { following, last } = await follow(sources);
  replaced.fire({ kubeconfig: '', context: 'another' });
  await settle();
  assert.equal(last.rows[0]?.name, 'old');
  replaced.fire(CONTEXT);
  await settle();
  assert.equal(last.rows[0]?.name, 'new');
  following.dispose();
});

test('a view that waits for a new connection is loading, not empty, and a refresh connects at once', async () => {
  const clusters = ['first', 'second', 'third'].map((name) => {
    const cluster = new FakeCluster();
    cluster.lists.push(podList(name));
    cluster.watches.push([{ type: 'ADDED', object: { metadata: { name: `${name}-more` } } }, 'open']);
    return cluster;
  });
  const { sources, clock, replaced } = sourcesOver(...clusters);
  const published: ViewSnapshot[] = [];
  const views = new ViewPublisher({ sources, clock, onChange: (snapshot) => published.push(snapshot) });
  const shown = () => [published.at(-1)?.isLoaded, ...(published.at(-1)?.rows ?? []).map(({ name }) => name)];
  views.open(1, PODS);
  await settle();
  assert.deepEqual(shown(), [true, 'first'], 'the added pod waits for the next batch');
  replaced.fire(CONTEXT);
  clock.advance(100);
  assert.deepEqual(shown(), [false]);
  await settle();
  clock.advance(100);
  assert.deepEqual(shown(), [true, 'second', 'second-more']);
  replaced.fire(CONTEXT);
  clock.advance(100);
  assert.deepEqual(shown(), [false], 'too soon for the next connection');
  await views.refresh(1, new AbortController().signal);
  await settle();
  clock.advance(100);
  assert.deepEqual(shown(), [true, 'third', 'third-more']);
  views.dispose();
  await settle();
  assert.equal(clock.pending, 0);
});

test('a refresh asks a person to sign in if needed', async () => {
  const cluster = new FakeCluster({ lists: [podList('a'), podList('a', 'b')] });
  const { sources, signedIn } = sourcesOver(cluster);
  const { following, last } = await follow(sources);
  await sources.refresh(PODS, new AbortController().signal);
  await settle();
  assert.deepEqual(signedIn, ['demo']);
  assert.equal(last.rows.length, 2);
  following.dispose();
});

test('a view whose rows cannot be sent shows the reason, and its timer ends nothing', (t) => {
  const source = new FakeSource();
  const { views, clock, published, change } = viewsOver(t, source);
  views.open(1, { ...PODS, filter: 'a' });
  change([row('a')]);
  // This row cannot be sent, which causes an error. The error must not affect the other views.
  change([{ ...row('a'), name: 5 as never }]);
  clock.advance(100);
  assert.equal(published.at(-1)?.error?.code, 'INTERNAL');
  change([row('ab')]);
  clock.advance(100);
  assert.deepEqual(published.at(-1)?.rows, [row('ab')]);
});

test('a message has no more rows than its limit', (t) => {
  const { views, published, change } = viewsOver(t);
  views.open(1, { ...PODS, limit: 100 });
  change(Array.from({ length: 50 }, (_, index) => row(`${index}`.padEnd(100_000, 'x'))));
  assert.equal(published.at(-1)?.rows.length, 19);
  assert.equal(published.at(-1)?.matching, 50);
});

test('a list that fails because its token file is now a link starts again when the user allows the file', async () => {
  const refusal = new CodedError('TOKEN_FILE_NOT_ALLOWED', { context: 'demo', file: '/secret' });
  const clusters = [new FakeCluster({ lists: [refusal] }), new FakeCluster({ lists: [podList('a')] })];
  const { sources } = sourcesOver(...clusters);
  const { following, last } = await follow(sources);
  const plugins = { folders: [], named: [], allowed: 'b' };
  sources.setScope({ ...PODS, context: { ...CONTEXT, plugins } });
  await eventually(() => last.rows.length > 0, 'the rows');
  following.dispose();
  sources.dispose();
});
