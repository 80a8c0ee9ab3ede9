import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ForwardSnapshot } from '../../../../src/rpc/forwardsContract.ts';
import type { GatewaySnapshot } from '../../../../src/rpc/gatewayContract.ts';
import { toRunning } from '../../../../src/ui/present/running.ts';
import { type ArrangedRow, arrangeRows } from '../../../../src/ui/saved/arrangeRows.ts';
import type { ForwardEntry } from '../../../../src/ui/saved/forwardEntry.ts';
import { presentProblem } from '../../../../src/ui/saved/problemText.ts';
import { mergeSources, type SavedList, type SettingsScope } from '../../../../src/ui/saved/savedForward.ts';
import {
  entryFlags,
  presentHeldBack,
  presentSaved,
  presentSavedGroup,
} from '../../../../src/ui/saved/savedRows.ts';
import { english } from '../../../support/localizer.ts';
import { forward, gateway } from '../../../support/uiRows.ts';

const arrange = (
  forwards: readonly ForwardSnapshot[],
  list: SavedList,
  gateways: readonly GatewaySnapshot[] = [],
) => arrangeRows(toRunning(forwards, gateways), list);

const entry = (name: string, changes: Partial<ForwardEntry> = {}): ForwardEntry => ({
  ...{ name, target: `pod/${name}`, remotePort: 80, context: 'dev' },
  ...changes,
});

function saved(...value: readonly unknown[]): SavedList {
  return mergeSources([{ scope: { type: 'workspace' }, value }]);
}

/** Returns the running forward of the entry of that name. */
const running = (name: string) => forward(name, {}, { label: name });

function outline(rows: readonly ArrangedRow[]): readonly unknown[] {
  return rows.map((row) => ('rows' in row ? [row.id, ...outline(row.rows)] : row.id));
}

test('running forwards come first, a saved one that runs appears once, and groups contain their own', () => {
  const list = saved(entry('api'), entry('web', { group: 'shop' }), entry('db', { group: 'shop' }), {
    name: 'broken',
  });
  assert.deepEqual(outline(arrange([running('web'), forward('other')], list)), [
    'other',
    'saved workspace api',
    ['savedGroup shop', 'web', 'saved workspace db'],
    'savedProblem 0 broken',
  ]);
  assert.deepEqual(outline(arrange([running('api')], saved(entry('api')))), ['api']);
  assert.deepEqual(arrange([], saved()), []);
});

const nameOf = ({ type }: SettingsScope) => `${type} settings`;

test('a saved forward shows its settings scope if it hides another, or another folder has one of its name', () => {
  const sources = (...scopes: readonly SettingsScope[]) =>
    mergeSources(scopes.map((scope) => ({ scope, value: [entry('web')] }))).forwards;
  const [hiding] = sources({ type: 'user' }, { type: 'workspace' });
  assert.ok(hiding);
  const row = presentSaved(english, hiding, nameOf);
  assert.equal(row.description, 'saved · pod/web:80 · workspace settings');
  assert.match(row.tooltip ?? '', /Overrides the forward in: user settings$/);
  for (const one of sources({ type: 'folder', folder: 'a' }, { type: 'folder', folder: 'b' })) {
    assert.equal(presentSaved(english, one, nameOf).description, 'saved · pod/web:80 · folder settings');
  }
});

test('a saved forward without a local port keeps its row beside another forward of its target', () => {
  const other = forward('web', {}, { label: 'other' });
  const error = { code: 'LOST_CONNECTION', arguments: {} } as const;
  for (const one of [other, { ...other, state: { type: 'failed', error } } as const]) {
    assert.deepEqual(outline(arrange([one], saved(entry('web')))), ['web', 'saved workspace web']);
  }
  assert.deepEqual(outline(arrange([running('web')], saved(entry('web')))), ['web']);
});

test('a saved forward that does not run is dimmed plain text', () => {
  const [one] = saved({
    ...entry('api', { namespace: 'shop', localPort: 8080 }),
    name: 'A\u001b[31mpi',
  }).forwards;
  assert.ok(one);
  const row = presentSaved(english, one, nameOf);
  assert.equal(row.label, 'A\\x1b[31mpi');
  assert.equal(row.description, 'saved · pod/api:80');
  assert.equal(row.icon?.id, 'circle-outline');
  assert.equal(row.accessibleName, 'A\\x1b[31mpi, saved, pod/api:80');
  assert.equal(
    row.tooltip,
    'Target: pod/api:80\nNamespace: shop\nContext: dev\nLocal port: 8080\nSaved in: workspace settings',
  );
});

test('a group counts its running forwards without failed ones, and an unusable entry shows the reason', () => {
  const list = saved(entry('web', { group: 'g' }), entry('db', { group: 'g' }));
  const error = { code: 'PORT_IN_USE', arguments: { port: 80 } } as const;
  const failed = { ...running('db'), state: { type: 'failed', error } } as const;
  for (const forwards of [[running('web')], [running('web'), failed]]) {
    const [group] = arrange(forwards, list);
    assert.ok(group?.type === 'savedGroup');
    assert.equal(presentSavedGroup(english, group.group, group.rows).description, '1 of 2 running');
  }
  const problem = { scope: { type: 'user' }, name: '', field: 'target', reason: 'missing' } as const;
  assert.equal(
    presentProblem(english, problem).accessibleName,
    'Unnamed saved forward: "target" is missing: use TYPE/NAME, for example service/web',
  );
});

test('a row has the menu of its entry, running or not', () => {
  const list = saved(entry('web', { autoStart: true }), entry('db'));
  const rows = arrange([running('web'), forward('other')], list);
  assert.deepEqual(
    rows.map((row) => ('saved' in row && row.saved !== undefined ? entryFlags(row.saved) : [])),
    [['entry', 'autoStart'], [], ['entry']],
  );
});

test('an untrusted workspace with forwards has a row that leads to trusting it', () => {
  assert.deepEqual(outline(arrange([], { ...saved(), isHeldBack: true })), ['heldBack']);
  const row = presentHeldBack(english);
  assert.equal(row.accessibleName, 'Forwards of this workspace, disabled until you trust the workspace');
  assert.equal(row.command, 'workbench.trust.manage');
});

const byName = (name: string, changes: object = {}) => ({ name, context: 'dev', proxy: true, ...changes });

test('namespaces by name have their services as child rows, and replace the rows of their entries', () => {
  const list = saved(
    byName('demo', { namespace: 'demo', group: 'g' }),
    byName('shop', { namespace: 'shop' }),
    byName('other', { namespace: 'demo', context: 'prod' }),
  );
  const services = ['gateway-1 demo/web', 'gateway-1 shop/web'];
  assert.deepEqual(outline(arrange([forward('api')], list, [gateway(['demo', 'shop'])])), [
    'api',
    'saved workspace other',
    ['savedGroup g', ['gateway-1', ...services]],
  ]);
  assert.deepEqual(outline(arrange([], saved(), [gateway(['demo'])])), [['gateway-1', services[0]]]);
  const [group] = arrange([], list, [gateway(['demo'])]).filter(({ type }) => type === 'savedGroup');
  assert.ok(group?.type === 'savedGroup');
  assert.equal(presentSavedGroup(english, 'g', group.rows).description, '1 of 1 running');
});

test('a group whose namespaces are all in the gateway of another group has no row', () => {
  const list = saved(
    byName('demo', { namespace: 'demo', group: 'a' }),
    byName('shop', { namespace: 'shop', group: 'b' }),
  );
  const ids = (...gateways: readonly GatewaySnapshot[]) => arrange([], list, gateways).map(({ id }) => id);
  assert.deepEqual(ids(gateway(['demo', 'shop'])), ['savedGroup a']);
  assert.deepEqual(ids(gateway(['demo'])), ['savedGroup a', 'savedGroup b']);
});

test("the child rows of namespaces show a namespace's problem, or that there are no services", () => {
  const error = { code: 'NAMESPACE_NOT_FOUND', arguments: { namespace: 'gone' } } as const;
  const names = (...namespaces: { name: string; isLoaded: boolean; error?: typeof error }[]) =>
    outline(arrange([], saved(), [gateway([], { namespaces, services: [] })]));
  assert.deepEqual(names({ name: 'gone', isLoaded: false, error }), [
    ['gateway-1', 'gateway-1 problem gone'],
  ]);
  assert.deepEqual(names({ name: 'empty', isLoaded: true }), [['gateway-1', 'gateway-1 empty']]);
  assert.deepEqual(names({ name: 'demo', isLoaded: false }), [['gateway-1']]);
});

test('a saved namespace is shown as forwarded by name', () => {
  const [demo, any] = saved(byName('Demo', { namespace: 'demo' }), byName('Any')).forwards;
  assert.ok(demo && any);
  assert.equal(presentSaved(english, demo, nameOf).description, 'saved · demo (by name)');
  assert.equal(presentSaved(english, any, nameOf).description, 'saved · all services by name');
});
