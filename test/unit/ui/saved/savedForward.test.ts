import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ForwardSnapshot } from '../../../../src/rpc/forwardsContract.ts';
import type { ForwardEntry } from '../../../../src/ui/saved/forwardEntry.ts';
import {
  findSaved,
  groupsOf,
  isRunningEntry,
  mergeSources,
  type SavedForward,
  type SettingsScope,
  savedKey,
} from '../../../../src/ui/saved/savedForward.ts';
import { forward } from '../../../support/uiRows.ts';

const user: SettingsScope = { type: 'user' };
const workspace: SettingsScope = { type: 'workspace' };
const [front, back] = ['file:///front', 'file:///back'];
const folder = (uri: string): SettingsScope => ({ type: 'folder', folder: uri });

function entry(name: string, changes: Partial<ForwardEntry> = {}): ForwardEntry {
  return { name, target: 'service/web', remotePort: 80, ...changes };
}

function isEntry(one: ForwardEntry, running: ForwardSnapshot): boolean {
  return isRunningEntry(one, { type: 'forward', forward: running });
}

function names(forwards: readonly SavedForward[]): readonly string[] {
  return forwards.map(savedKey);
}

test('the entries of all scopes are merged', () => {
  const { forwards, problems } = mergeSources([
    { scope: user, value: [entry('mine')] },
    { scope: workspace, value: [entry('ours'), { name: 'broken' }] },
    { scope: folder(front), value: undefined },
  ]);
  assert.deepEqual(names(forwards), ['saved user mine', 'saved workspace ours']);
  assert.deepEqual(problems, [{ scope: workspace, name: 'broken', field: 'target', reason: 'missing' }]);
});

test('the narrower scope wins a name, and two folders may each have one', () => {
  const { forwards } = mergeSources([
    { scope: user, value: [entry('web'), entry('db')] },
    { scope: workspace, value: [entry('web')] },
    { scope: folder(front), value: [entry('web')] },
    { scope: folder(back), value: [entry('web')] },
  ]);
  assert.deepEqual(names(forwards), ['saved user db', `saved ${front} web`, `saved ${back} web`]);
  assert.deepEqual(findSaved(forwards, 'web', back)?.scope, folder(back));
  assert.equal(findSaved(forwards, 'none', back), undefined);
});

test("a folder gets its own entry, else the workspace's, else the user's, even if another folder overrides them", () => {
  const found = (scopes: readonly SettingsScope[], uri?: string): SettingsScope | undefined =>
    findSaved(mergeSources(scopes.map((scope) => ({ scope, value: [entry('web')] }))).forwards, 'web', uri)
      ?.scope;
  const all = [user, workspace, folder(front)];
  assert.deepEqual(found(all, front), folder(front));
  assert.deepEqual(found(all, back), workspace);
  assert.deepEqual(found([user, folder(front)], back), user);
  assert.deepEqual(found([folder(front)], back), folder(front));
  assert.deepEqual(found([user]), user);
});

test('a forward matches an entry by the fields that the entry defines', () => {
  const running = forward('web');
  const same = entry('x', { target: 'web', context: 'dev', namespace: 'demo', localPort: 8080 });
  assert.equal(isEntry(same, running), true);
  const labelled = { ...running, specification: { ...running.specification, label: 'x' } };
  assert.equal(isEntry(entry('x', { target: 'po/web' }), labelled), true);
  assert.equal(isEntry(entry('x', { target: 'po/web' }), running), false, 'another of the same target');
  const others: readonly Partial<ForwardEntry>[] = [
    { target: 'service/web' },
    { target: 'api' },
    { remotePort: 81 },
    { remotePort: 'http' },
    { context: 'prod' },
    { namespace: 'prod' },
    { localPort: 8081 },
  ];
  for (const changes of others) {
    assert.equal(isEntry({ ...same, ...changes }, running), false, JSON.stringify(changes));
  }
  assert.equal(isEntry({ ...same, localPort: 0 }, labelled), true);
});

test('groups are listed once, sorted', () => {
  const { forwards } = mergeSources([
    {
      scope: user,
      value: [entry('a', { group: 'z' }), entry('b', { group: 'k' }), entry('c', { group: 'z' })],
    },
  ]);
  assert.deepEqual(groupsOf(forwards), ['k', 'z']);
});
