import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { listContexts, type Row, refreshView, type ViewScope } from '../../../../src/rpc/clustersContract.ts';
import type { ErrorInfo } from '../../../../src/rpc/messages.ts';
import type { ClusterNode } from '../../../../src/ui/clusters/clusterNodes.ts';
import { ClustersModel } from '../../../../src/ui/clusters/clustersModel.ts';
import { RememberedNamespaces } from '../../../../src/ui/clusters/rememberedNamespaces.ts';
import { eventually } from '../../../support/eventually.ts';
import { connector, host, window } from '../../../support/fakeWindow.ts';
import { contextRow, podRow, target } from '../../../support/uiRows.ts';

const { context: reference } = target('web');
const forbidden: ErrorInfo = { code: 'FORBIDDEN_CLUSTER_WIDE', arguments: {} };

let model: ClustersModel;
let remembered: RememberedNamespaces;
let changes: (readonly string[] | 'all')[];

beforeEach(() => {
  host.contexts = { contexts: [contextRow('dev')], problems: [] };
  host.rows = (scope) => pods(scope, 3);
  const values = new Map<string, unknown>();
  remembered = new RememberedNamespaces({
    get: <T>(key: string, otherwise: T) => (values.has(key) ? (values.get(key) as T) : otherwise),
    update: async (key, value) => void values.set(key, value),
  });
  model = new ClustersModel({
    ...{ contexts: window.contexts, views: window.views },
    ...{ remembered, knownNamespaces: () => ['known'] },
  });
  changes = [];
  model.onDidChange((nodes) => changes.push(nodes === undefined ? 'all' : nodes.map(nameOf)));
  model.setVisible(true);
});

afterEach(() => model.dispose());

test('the tree shows contexts, their namespaces, the groups with the pods last, and the ports of a pod', async () => {
  const [context] = await model.children();
  assert.ok(context?.type === 'context');
  assert.equal(model.mayListNamespaces(context), undefined, 'not known before the list');
  assert.deepEqual(await names(context), ['demo', 'kube-system']);
  assert.equal(model.mayListNamespaces(context), true);
  const [demo] = await model.children(context);
  assert.deepEqual(await names(demo), ['services', 'workloads', 'pods']);
  const podGroup = (await model.children(demo))[2];
  assert.deepEqual(await names(podGroup), ['pod-0', 'pod-1', 'pod-2']);
  assert.deepEqual(await names((await model.children(podGroup))[0]), ['port 80']);
});

test('an unusable file is shown beside the contexts, and a missing one is no failure', async () => {
  const bad: ErrorInfo = { code: 'KUBECONFIG_INVALID', arguments: { line: 3 } };
  host.contexts = {
    contexts: [contextRow('dev')],
    problems: [
      { kubeconfig: '/bad', error: bad },
      { kubeconfig: '', error: { code: 'NO_KUBECONFIG', arguments: {} } },
    ],
  };
  const roots = await model.children();
  assert.deepEqual(roots.map(nameOf), ['dev', 'error KUBECONFIG_INVALID']);
  assert.equal(roots[1]?.type === 'error' && roots[1].kubeconfig, '/bad');
});

test('an update of the contexts tells only a change', async () => {
  await model.children();
  const { contexts } = window;
  let told = 0;
  const subscription = contexts.onDidChange(() => told++);
  await contexts.update();
  assert.equal(told, 0);
  host.contexts = { contexts: [contextRow('dev', { identity: 'b' })], problems: [] };
  await contexts.update();
  subscription.dispose();
  assert.deepEqual([told, contexts.contexts[0]?.identity], [1, 'b']);
});

test('only visible containers are watched', async () => {
  const context = await open('dev');
  const demo = await open('pods', await open('demo', context));
  await eventually(() => host.openViews.size === 2, 'two views');
  model.setExpanded(demo, false);
  await eventually(() => host.openViews.size === 1, 'the collapsed one is closed');
  model.setExpanded(demo, true);
  await eventually(() => host.openViews.size === 2, 'it is open again');
  model.setExpanded(context, false);
  await eventually(() => host.openViews.size === 0, 'what lies beneath a collapsed one is closed with it');
  model.setExpanded(context, true);
  await eventually(() => host.openViews.size === 2, 'and open again with it');
  model.setVisible(false);
  await eventually(() => host.openViews.size === 0, 'a hidden tree watches nothing');
  model.setVisible(true);
  await eventually(() => host.openViews.size === 2, 'a visible one does');
});

test('rows stay while a reopened namespace is listed again', async () => {
  const demo = await openPods();
  model.setExpanded(demo, false);
  await eventually(() => host.openViews.size === 1, 'the collapsed one is closed');
  const seen = changes.length;
  host.isLoaded = false;
  const whole = host.rows;
  host.rows = (scope) => pods(scope, 1);
  model.setExpanded(demo, true);
  await eventually(() => host.openViews.size === 2, 'it is open again');
  host.push();
  host.isLoaded = true;
  host.rows = whole;
  host.push();
  assert.equal(changes.length, seen, 'the same rows in the end: nothing is drawn anew');
  assert.equal((await model.children(demo)).length, 3);
  host.rows = (scope) => pods(scope, 1);
  host.push();
  assert.deepEqual(changes.at(-1), ['pods']);
});

test('a changed pod updates its row, and a new pod its group', async () => {
  const demo = await openPods();
  host.rows = (scope) =>
    pods(scope, 3).map((row) => (row.name === 'pod-1' ? podRow('pod-1', { restarts: 1 }) : row));
  host.push();
  assert.deepEqual(changes.at(-1), ['pod-1']);
  const before = await model.children(demo);
  host.rows = (scope) => pods(scope, 4);
  host.push();
  assert.deepEqual(changes.at(-1), ['pods']);
  const after = await model.children(demo);
  assert.equal(after.length, before.length + 1);
  assert.equal(after[0], before[0], 'rows that stay are the same objects');
  const seen = changes.length;
  host.push();
  assert.equal(changes.length, seen, 'the same again is no change');
});

test('a namespace of 10,000 pods shows 500, and more on request', async () => {
  host.rows = (scope) => pods(scope, 10_000);
  const demo = await openPods();
  const first = await model.children(demo);
  assert.equal(first.length, 500 + 1);
  const more = first.at(-1);
  assert.ok(more?.type === 'showMore');
  assert.deepEqual([more.shown, more.matching], [500, 10_000]);
  model.showMore(more.parent);
  await eventually(async () => (await model.children(demo)).length === 1_000 + 1, 'the next page');
});

test('a filter searches all pods and can be removed', async () => {
  host.rows = (scope) => pods(scope, 10_000);
  const demo = await openPods();
  assert.ok(demo.type === 'group');
  model.setFilter(demo.parent, 'pod-9999');
  await eventually(async () => (await model.children(demo)).map(nameOf).includes('pod-9999'), 'the one pod');
  assert.equal(model.filter(demo), 'pod-9999');
  model.setFilter(demo.parent, 'nothing');
  await eventually(async () => (await model.children(demo)).at(-1)?.type === 'message', 'nothing matches');
  model.setFilter(demo.parent, '');
  await eventually(async () => (await model.children(demo)).length === 501, 'all of them');
});

test('known namespaces are shown and remembered if the user may not list namespaces', async () => {
  host.rows = (scope) => (scope.type === 'namespaces' ? forbidden : pods(scope, 1));
  const context = await open('dev');
  assert.ok(context.type === 'context');
  assert.deepEqual(await names(context), ['default', 'known', 'message showNamespace']);
  assert.equal(model.mayListNamespaces(context), false);
  await remembered.add(reference, 'mine');
  assert.deepEqual(changes.at(-1), ['dev']);
  assert.deepEqual(await names(context), ['default', 'known', 'mine', 'message showNamespace']);
  const mine = (await model.children(context)).find((node) => nameOf(node) === 'mine');
  assert.ok(mine?.type === 'namespace' && mine.isTyped);
  await remembered.remove(reference, 'mine');
  assert.deepEqual(await names(context), ['default', 'known', 'message showNamespace']);
});

test('a failure is a row that disappears after a retry', async () => {
  host.rows = (scope) =>
    scope.type === 'namespaces' ? { code: 'UNREACHABLE', arguments: {} } : pods(scope, 1);
  const context = await open('dev');
  const [failure] = await model.children(context);
  assert.ok(failure?.type === 'error');
  host.rows = (scope) => (scope.type === 'namespaces' ? namespaces('demo') : pods(scope, 1));
  await model.refresh(failure);
  await eventually(async () => (await names(context)).join() === 'demo', 'the namespaces');
});

test('a refresh of a context or namespace does not refresh another whose name begins with the same text', async () => {
  host.contexts = { contexts: [contextRow('dev'), contextRow('dev2')], problems: [] };
  host.rows = (scope) => (scope.type === 'namespaces' ? namespaces('demo', 'demo2') : pods(scope, 1));
  const [context, other] = [await open('dev'), await open('dev2')];
  const [demo] = [await open('demo', context), await open('demo2', context)];
  for (const namespace of [demo, await open('demo2', context), await open('demo', other)])
    await open('pods', namespace);
  assert.equal(await countRefreshed(demo), 1, 'the pods of demo');
  assert.equal(await countRefreshed(context), 3, 'the namespaces of dev and the pods of both');
});

test('a port that a pod no longer declares is removed', async () => {
  const pods = await openPods();
  const [pod] = await model.children(pods);
  assert.ok(pod !== undefined);
  const [port] = await model.children(pod);
  assert.ok(port?.type === 'port' && model.find(port.id) === port);
  const changed = podRow('pod-0', { ports: [{ number: 53, protocol: 'UDP' }] });
  host.rows = (scope) => (scope.type === 'pods' ? [changed] : namespaces('demo'));
  host.push();
  await model.children(pods);
  assert.deepEqual(await names(pod), ['port 53']);
  assert.equal(model.find(port.id), undefined);
  await model.refresh(pod);
});

test('an empty namespace shows a message', async () => {
  host.rows = (scope) => (scope.type === 'namespaces' ? namespaces('demo') : []);
  const demo = await openPods();
  assert.deepEqual(await names(demo), ['message empty']);
});

test('a host that cannot start is a row at the top, and a refresh tries again', async () => {
  const joinOrStart = host.joinOrStart.bind(host);
  host.joinOrStart = () => Promise.reject(new Error('no runtime'));
  assert.deepEqual((await model.children()).map(nameOf), ['error INTERNAL']);
  host.joinOrStart = joinOrStart;
  await model.refresh();
  assert.deepEqual((await model.children()).map(nameOf), ['dev']);
});

test('the next host after a lost one is asked for all visible containers', async () => {
  await openPods();
  host.die();
  assert.equal(host.openViews.size, 0);
  await connector.connect();
  await eventually(() => host.openViews.size === 2, 'both views');
});

test('contexts that come and go change the tree', async () => {
  await model.children();
  host.setContexts({ contexts: [contextRow('dev'), contextRow('prod')], problems: [] });
  assert.deepEqual(changes.at(-1), 'all');
  assert.deepEqual((await model.children()).map(nameOf), ['dev', 'prod']);
  host.setContexts({ contexts: [contextRow('dev', { isCurrent: true }), contextRow('prod')], problems: [] });
  assert.deepEqual(changes.at(-1), ['dev']);
});

test('revealing a namespace loads its ancestors', async () => {
  assert.equal((await model.reveal(reference, 'demo'))?.type, 'namespace');
  assert.equal((await model.reveal(reference, 'missing'))?.type, 'context');
  assert.equal(await model.reveal({ ...reference, context: 'missing' }), undefined);
});

/** Opens the context `dev`, its namespace `demo` and the group of pods in it. Returns the node of the group. */
async function openPods(): Promise<ClusterNode> {
  return open('pods', await open('demo', await open('dev')));
}

async function open(name: string, parent?: ClusterNode): Promise<ClusterNode> {
  const node = (await model.children(parent)).find((candidate) => nameOf(candidate) === name);
  assert.ok(node, name);
  await model.children(node);
  return node;
}

/** Refreshes a node, and returns the number of views that are refreshed. */
async function countRefreshed(node: ClusterNode): Promise<number> {
  const before = host.requests.length;
  await model.refresh(node);
  // The host gets requests in order, so after this one it has got all requests of the refresh.
  await connector.request(listContexts);
  return host.requests.slice(before).filter(({ method }) => method === refreshView.method).length;
}

async function names(node: ClusterNode | undefined): Promise<readonly string[]> {
  return (await model.children(node)).map(nameOf);
}

function nameOf(node: ClusterNode): string {
  switch (node.type) {
    case 'context':
      return node.row.context;
    case 'namespace':
    case 'target':
      return node.row.name;
    case 'group':
      return node.kind;
    case 'message':
      return `message ${node.message.type}`;
    case 'error':
      return `error ${node.error.code}`;
    case 'port':
      return `port ${node.port.number}`;
    case 'showMore':
      return 'showMore';
  }
}

function namespaces(...list: readonly string[]): readonly Row[] {
  return list.map((name) => ({ type: 'namespace', name, phase: 'Active' }));
}

function pods(scope: ViewScope, count: number): readonly Row[] {
  if (scope.type === 'namespaces') return namespaces('demo', 'kube-system');
  return scope.type === 'pods' ? Array.from({ length: count }, (_, index) => podRow(`pod-${index}`)) : [];
}
