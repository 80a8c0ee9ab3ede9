import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { openView, type Row, type ViewScope, viewChanged } from '../../../../src/rpc/clustersContract.ts';
import type { ErrorInfo } from '../../../../src/rpc/messages.ts';
import type { PickSources } from '../../../../src/ui/prompts/pickTarget.ts';
import type { PickItem } from '../../../../src/ui/prompts/quickPick.ts';
import { eventually } from '../../../support/eventually.ts';
import { fake } from '../../../support/fakeVscode.ts';
import { host, window } from '../../../support/fakeWindow.ts';
import { podRow, target } from '../../../support/uiRows.ts';

const { pick } = await import('../../../../src/ui/prompts/quickPick.ts');
const { pickNamespaceTarget } = await import('../../../../src/ui/prompts/pickTarget.ts');

beforeEach(() => {
  fake.picksStayOpen = true;
});

const item = (label: string, key = label): PickItem<string> => ({ label, key, value: key });

/** Opens a quick pick that preselects the item `last`. The returned `show` replaces the items. */
function open(isActive = (value: string) => value === 'last') {
  let show = (_items: readonly PickItem<string>[], _isBusy: boolean): void => {};
  const load = (showItems: typeof show) => {
    show = showItems;
    return undefined;
  };
  const answer = pick<string>({ title: 'Title', placeholder: '', load, isActive });
  const { openPick } = fake;
  assert.ok(openPick);
  return { answer, openPick, show: (...items: readonly PickItem<string>[]) => show(items, false) };
}

test('the item to which the user moved stays active while items change, come and go', async () => {
  const { answer, openPick, show } = open();
  show(item('first'), item('web 1', 'web'), item('last'));
  assert.equal(openPick.activeLabel, 'last');
  openPick.moveTo('web 1');
  show(item('new'), item('first'), item('web 2', 'web'), item('last'));
  assert.equal(openPick.activeLabel, 'web 2');
  openPick.moveTo('new');
  show(item('new'), item('last'));
  assert.equal(openPick.activeLabel, 'new');
  openPick.accept();
  assert.deepEqual(await answer, { type: 'picked', value: 'new' });
});

test('Enter chooses nothing while the item to which the user moved is missing, until it is back or the user types', async () => {
  const { answer, openPick, show } = open();
  show(item('first'), item('web'), item('last'));
  openPick.moveTo('web');
  const ended = { label: 'web', key: 'web' };
  show(item('first'), ended, item('last'));
  assert.equal(openPick.activeLabel, 'web');
  for (const list of [[item('first'), item('last')], [], [item('first')]]) {
    show(...list);
    assert.equal(openPick.activeLabel, undefined);
    openPick.accept();
  }
  show(item('first'), item('web'));
  assert.equal(openPick.activeLabel, 'web');
  show(item('first'));
  openPick.type('new');
  show(item('first'), item('new'));
  assert.equal(openPick.activeLabel, 'new', 'the first item that matches the text');
  openPick.accept();
  assert.deepEqual(await answer, { type: 'picked', value: 'new' });
});

test('an item that cannot be chosen, such as an error, gives its place to the first item that matches the text', () => {
  const { openPick, show } = open();
  show({ label: 'error', alwaysShow: true });
  openPick.type('web');
  show(item('first'), item('web'));
  assert.equal(openPick.activeLabel, 'web');
  openPick.dispose();
});

test('the item to preselect gets the focus even if the first lists lack it, unless the user has moved or typed', () => {
  const act = {
    none: () => {},
    move: () => fake.openPick?.moveTo('b'),
    type: () => fake.openPick?.type('b'),
  };
  for (const [action, expected] of [
    ['none', 'last'],
    ['move', 'b'],
    ['type', 'b'],
  ] as const) {
    const { openPick, show } = open();
    show(item('a'), item('b'));
    assert.equal(openPick.activeLabel, 'a');
    show(item('0'), item('a'), item('b'));
    assert.equal(openPick.activeLabel, '0');
    act[action]();
    show(item('0'), item('a'), item('b'), item('last'));
    assert.equal(openPick.activeLabel, expected, action);
    openPick.dispose();
  }
});

/** Opens the quick pick of the targets in a namespace. */
function openTargets() {
  const sources = { views: window.views, contexts: window.contexts } as unknown as PickSources;
  const answer = pickNamespaceTarget(sources, target('web').context, 'demo', undefined);
  const { openPick } = fake;
  assert.ok(openPick);
  return { answer, openPick };
}

test('the target to which the user moved stays active while pods change, and a typed target is active', async () => {
  const running = podRow('web');
  let pods: readonly Row[] | ErrorInfo = [podRow('api'), running];
  host.rows = ({ type }: ViewScope) => (type === 'pods' ? pods : []);
  const { answer, openPick } = openTargets();
  await eventually(() => openPick.visible.length === 2, 'the pods');
  openPick.moveTo('web');
  pods = [podRow('aaa'), podRow('api'), { ...running, restarts: 1 }];
  host.push();
  assert.deepEqual([openPick.visible.length, openPick.activeLabel], [3, 'web']);
  openPick.type('rs/web');
  assert.equal(openPick.activeLabel, 'replicaset/web');
  openPick.accept();
  const picked = await answer;
  assert.equal(picked.type === 'picked' && picked.value.target.kind, 'replicaset');
});

test('typed text finds kinds too, and finds names beyond the limit of the list regardless of case', async () => {
  const pods = Array.from({ length: 501 }, (_, index) => podRow(`pod-${String(index).padStart(3, '0')}`));
  const workload = {
    type: 'workload',
    kind: 'statefulset',
    name: 'db',
    ready: 1,
    desired: 1,
    ports: [],
  } as const;
  host.rows = ({ type }) => (type === 'pods' ? pods : type === 'workloads' ? [workload] : []);
  const { openPick } = openTargets();
  await eventually(() => openPick.visible.length === 501, 'the rows');
  openPick.type('StatefulSet');
  await eventually(() => openPick.items.length === 2, 'the rows without pods');
  assert.equal(openPick.activeLabel, 'db');
  openPick.type('POD-500');
  await eventually(() => openPick.activeLabel === 'pod-500', 'the pod');
  openPick.type('');
  await eventually(() => openPick.visible.length === 501, 'the rows again');
  openPick.dispose();
});

test('a list that has become short is no longer filtered by the host when the user types another text', async () => {
  let pods = Array.from({ length: 600 }, (_, index) => podRow(`web-${index}`));
  host.rows = ({ type }) => (type === 'pods' ? pods : []);
  const { openPick } = openTargets();
  await eventually(() => openPick.visible.length === 500, 'the first rows');
  openPick.type('web-599');
  await eventually(() => openPick.activeLabel === 'web-599', 'the last pod');
  pods = [podRow('web-599'), podRow('db', { status: 'CrashLoopBackOff' })];
  host.push();
  openPick.type('crash');
  await eventually(() => openPick.activeLabel === 'db', 'the pod with this status');
  openPick.dispose();
});

test('the host filters a short list too if its rows are too large for one message', async () => {
  host.answers.set(openView.method, ({ viewId, scope }: { viewId: number; scope: ViewScope }) => {
    const filter = 'filter' in scope ? scope.filter : undefined;
    const rows = scope.type !== 'pods' ? [] : [podRow(filter === 'web' ? 'web' : 'api')];
    const matching = filter === 'web' || rows.length === 0 ? rows.length : 2;
    host.notify(viewChanged, { viewId, rows, matching, total: 2 * rows.length, isLoaded: true });
  });
  const { openPick } = openTargets();
  await eventually(() => openPick.activeLabel === 'api', 'the first pod');
  openPick.type('web');
  await eventually(() => openPick.activeLabel === 'web', 'the other pod');
  openPick.dispose();
});
