import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CodedError, isCoded } from '../../../src/base/errors.ts';
import { createRowSource } from '../../../src/host/rowSource.ts';
import type { RowSource } from '../../../src/host/watchedRows.ts';
import { KINDS, type KindInfo, WORKLOAD_KINDS, type WorkloadKind } from '../../../src/kinds/targetKinds.ts';
import { eventually } from '../../support/eventually.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { FakeCluster } from '../../support/fakeCluster.ts';

const forbidden = new CodedError('FORBIDDEN');
const list = (name: string) => ({
  items: [{ metadata: { name, uid: name }, spec: { template: {} } }],
  resourceVersion: '1',
});

/** The kinds of workloads that every cluster has, and the other kinds, in the order of their lists. */
const isCustom = (kind: WorkloadKind): boolean => (KINDS[kind] as KindInfo).isCustom === true;
const BUILT_IN = WORKLOAD_KINDS.filter((kind) => !isCustom(kind));
const CUSTOM = WORKLOAD_KINDS.filter(isCustom);

/** Returns the rows of workloads. `answer` returns the answer to the list of one kind. */
async function workloads(answer: (kind: WorkloadKind) => unknown, kinds = BUILT_IN) {
  const lists = kinds.map(answer);
  const cluster = new FakeCluster({ lists: [...lists] as FakeCluster['lists'] });
  cluster.servesCustomKinds = kinds !== BUILT_IN;
  const source = createRowSource(cluster, 'workloads', 'demo', new FakeClock());
  await eventually(() => source.isLoaded || source.error !== undefined, 'the lists');
  await eventually(() => cluster.calls.length >= lists.length, 'all lists');
  return { source, cluster };
}

test('a role for some kinds of workloads sees those, without an error for the others', async () => {
  const { source } = await workloads((kind) => (kind === 'job' ? forbidden : list(kind)));
  await eventually(() => source.isLoaded, 'rows');
  const names = new Set(source.rows.map(({ name }) => name));
  assert.deepEqual([names, source.error], [new Set(BUILT_IN.filter((kind) => kind !== 'job')), undefined]);
  source.dispose();
});

test('a role for no kind of workloads sees the refusal', async () => {
  const { source } = await workloads(() => forbidden);
  await eventually(() => isCoded(source.error), 'the refusal');
  assert.deepEqual(source.rows, []);
  source.dispose();
});

test('workloads show no custom kind, no error and make no list of it if the cluster lacks the kind', async () => {
  const { source, cluster } = await workloads(list);
  await eventually(() => source.isLoaded, 'rows');
  assert.deepEqual([source.rows.length, source.error], [BUILT_IN.length, undefined]);
  const lists = cluster.calls.filter((call) => call.startsWith('list '));
  assert.equal(lists.length, BUILT_IN.length);
  source.dispose();
});

test('workloads show custom kinds if the cluster has them', async () => {
  const { source } = await workloads(list, [...BUILT_IN, ...CUSTOM]);
  await eventually(() => source.isLoaded, 'rows');
  const kinds = source.rows.map((row) => row.type === 'workload' && row.kind);
  assert.deepEqual(new Set(kinds), new Set(WORKLOAD_KINDS));
  source.dispose();
});

const slice = (name: string, service: string, endpoints?: readonly object[]) => ({
  metadata: { name, uid: name, labels: { 'kubernetes.io/service-name': service } },
  ...(endpoints !== undefined && { endpoints }),
});

/** Returns the rows of the Services `a` to `d`. `slices` is the list of EndpointSlices, `events` those of its watch. */
async function services(slices: unknown, events: FakeCluster['watches'][number] = ['open']) {
  const cluster = new FakeCluster();
  const items = ['a', 'b', 'c', 'd'].map((name) => ({ metadata: { name, uid: name }, spec: {} }));
  cluster.lists.push({ items, resourceVersion: '1' }, slices);
  cluster.watches.push(['open'], events);
  const source = createRowSource(cluster, 'services', 'demo', new FakeClock());
  await eventually(() => source.isLoaded, 'the lists');
  return source;
}

function endpointsOf(source: RowSource) {
  return Object.fromEntries(source.rows.map((row) => [row.name, 'hasEndpoints' in row && row.hasEndpoints]));
}

test('a service has endpoints if one of its slices has some; one without slices may have any', async () => {
  const items = [slice('1', 'a', [{}]), slice('2', 'a', []), slice('3', 'b', []), slice('4', 'c')];
  const source = await services({ items, resourceVersion: '1' });
  assert.deepEqual(endpointsOf(source), { a: true, b: false, c: false, d: false });
  assert.equal('hasEndpoints' in (source.rows.at(-1) ?? {}), false, 'unknown');
  source.dispose();
});

test('a service that gets its first pod has endpoints', async () => {
  const changed = { type: 'MODIFIED', object: slice('3', 'b', [{}]) };
  const source = await services({ items: [slice('3', 'b', [])], resourceVersion: '1' }, [changed, 'open']);
  await eventually(() => endpointsOf(source)['b'] === true, 'the endpoint');
  source.dispose();
});

test('a role without EndpointSlices sees services without an error', async () => {
  const source = await services(forbidden);
  const known = source.rows.map((row) => 'hasEndpoints' in row);
  assert.deepEqual(known, [false, false, false, false]);
  assert.equal(source.error, undefined);
  source.dispose();
});
