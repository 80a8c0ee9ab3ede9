import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { COMMANDS } from '../../../../src/contributions.ts';
import type { Row, ViewScope } from '../../../../src/rpc/clustersContract.ts';
import type { ClusterNode } from '../../../../src/ui/clusters/clusterNodes.ts';
import { ClustersModel } from '../../../../src/ui/clusters/clustersModel.ts';
import { RememberedNamespaces } from '../../../../src/ui/clusters/rememberedNamespaces.ts';
import { eventually } from '../../../support/eventually.ts';
import { events, TreeItemCollapsibleState } from '../../../support/fakeVscode.ts';
import { forwards, gateways, host, window } from '../../../support/fakeWindow.ts';
import { contextRow, forward, gateway, podRow, target } from '../../../support/uiRows.ts';

const { ClustersTree } = await import('../../../../src/ui/clusters/clustersTree.ts');

const NAMESPACE: Row = { type: 'namespace', name: 'demo', phase: 'Active' };

let model: ClustersModel;
let tree: InstanceType<typeof ClustersTree>;
/** The ids of the rows that VS Code was told to draw again. */
let drawn: (readonly string[] | 'all')[];

beforeEach(() => {
  drawn = [];
  host.contexts = { contexts: [contextRow('dev')], problems: [] };
  host.rows = ({ type }) => {
    if (type === 'namespaces') return [NAMESPACE];
    return type === 'pods' ? [podRow('api'), podRow('web'), podRow('worker', { ports: [] })] : [];
  };
  const remembered = new RememberedNamespaces({
    get: <T>(_key: string, otherwise: T) => otherwise,
    update: async () => {},
  });
  model = new ClustersModel({
    ...{ contexts: window.contexts, views: window.views },
    ...{ remembered, knownNamespaces: () => [] },
  });
  tree = new ClustersTree(model, forwards, gateways);
});

afterEach(() => {
  tree.dispose();
  model.dispose();
});

test('a forwarded pod and its port show the local address, and only their rows are drawn again', async () => {
  const web = await find('dev', 'demo', 'Pods', 'web');
  const port = await find('dev', 'demo', 'Pods', 'web', '80');
  const before = await Promise.all([web, port].map(descriptionOf));
  recordDrawn();
  host.setForwards([forward('web')]);
  assert.deepEqual(drawn, [[web.id, port.id]]);
  for (const node of [web, port]) {
    assert.match(await descriptionOf(node), /localhost:8080/);
    assert.deepEqual(tree.forwardsOf(node.id), ['web']);
  }
  host.setForwards([]);
  assert.deepEqual(await Promise.all([web, port].map(descriptionOf)), before);
  assert.deepEqual(tree.forwardsOf(port.id), []);
});

test('a port has the forwards to its number and the forwards to its name, each once', async () => {
  const port = await find('dev', 'demo', 'Pods', 'web', '80');
  host.setForwards([
    forward('number', {}, { target: target('web') }),
    forward('name', { remotePort: 80 }, { target: target('web'), remotePort: 'http' }),
  ]);
  assert.deepEqual(tree.forwardsOf(port.id).toSorted(), ['name', 'number']);
});

test('a namespace that is open by name shows its address and leads to its gateway, and its services have the menu of services by name', async () => {
  const row = {
    type: 'service',
    name: 'web',
    serviceType: 'ClusterIP',
    hasSelector: true,
    ports: [],
  } as const;
  host.rows = ({ type }) => (type === 'namespaces' ? [NAMESPACE] : type === 'services' ? [row] : []);
  const demo = await find('dev', 'demo');
  const service = await find('dev', 'demo', 'Services', 'web');
  recordDrawn();
  host.setGateways([gateway(['demo'])]);
  assert.deepEqual(drawn, [[demo.id, service.id]]);
  assert.match(await descriptionOf(demo), /localhost:8900/);
  assert.match((await tree.getTreeItem(service)).contextValue ?? '', /\bbyName\b/);
  assert.equal(tree.gatewayOf(demo.id), 'gateway-1');
  assert.equal(tree.gatewayOf(service.id), undefined);
});

test('a click runs a command only in rows that offer more rows: it never starts a forward', async () => {
  const clicked = async (node: ClusterNode) => (await tree.getTreeItem(node)).command;
  const path = ['dev', 'demo', 'Pods', 'web', '80'];
  for (const [index] of path.entries())
    assert.equal(await clicked(await find(...path.slice(0, index + 1))), undefined);
  const isPods = ({ type }: ViewScope) => type === 'pods';
  host.rows = (scope) =>
    isPods(scope) ? Array.from({ length: 501 }, (_, index) => podRow(`pod-${index}`)) : [NAMESPACE];
  host.push();
  const more = await find('dev', 'demo', 'Pods', 'Show More');
  assert.deepEqual(await clicked(more), { command: COMMANDS.showMore, title: '', arguments: [more] });
  host.rows = () => ({ code: 'FORBIDDEN_CLUSTER_WIDE', arguments: {} });
  host.push();
  const add = await find('dev', 'Add Namespace...');
  assert.deepEqual(await clicked(add), { command: COMMANDS.showNamespace, title: '', arguments: [add] });
});

test('pods are expanded at first, and a pod without ports cannot be expanded', async () => {
  const { None, Collapsed, Expanded } = TreeItemCollapsibleState;
  const stateOf = async (...path: readonly string[]) =>
    (await tree.getTreeItem(await find('dev', 'demo', ...path))).collapsibleState;
  assert.equal(await stateOf(), Collapsed);
  assert.deepEqual(await Promise.all(['Services', 'Workloads', 'Pods'].map((group) => stateOf(group))), [
    Collapsed,
    Collapsed,
    Expanded,
  ]);
  assert.equal(await stateOf('Pods', 'web'), Collapsed);
  assert.equal(await stateOf('Pods', 'web', '80'), None);
  assert.equal(await stateOf('Pods', 'worker'), None);
});

test('after VS Code collapses or expands a row, or hides or shows the view, the host watches only what is visible', async () => {
  const pods = await find('dev', 'demo', 'Pods');
  await tree.getChildren(pods);
  const watched = (count: number) => eventually(() => host.openViews.size === count, `${count} watched`);
  await watched(2);
  events.collapseRow.fire({ element: pods });
  await watched(1);
  events.expandRow.fire({ element: pods });
  await watched(2);
  events.changeVisibility.fire({ visible: false });
  await watched(0);
  events.changeVisibility.fire({ visible: true });
  await watched(2);
});

/** Returns the row that a user finds by these labels, one for each level of the tree. */
async function find(...labels: readonly string[]): Promise<ClusterNode> {
  let node: ClusterNode | undefined;
  for (const label of labels) {
    const children = await tree.getChildren(node);
    const shown = await Promise.all(children.map(async (child) => (await tree.getTreeItem(child)).label));
    node = children[shown.indexOf(label)];
    assert.ok(node, `${label} in ${shown}`);
  }
  assert.ok(node);
  return node;
}

async function descriptionOf(node: ClusterNode): Promise<string> {
  return String((await tree.getTreeItem(node)).description ?? '');
}

/** Records the ids of the rows that VS Code is told to draw again from now on. */
function recordDrawn(): void {
  tree.onDidChangeTreeData((nodes) => drawn.push(nodes === undefined ? 'all' : nodes.map(({ id }) => id)));
}
