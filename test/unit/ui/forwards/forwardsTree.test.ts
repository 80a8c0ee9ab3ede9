import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Emitter } from '../../../../src/base/event.ts';
import type { SavedForwards } from '../../../../src/ui/saved/savedForwards.ts';
import { connector, forwards, gateways } from '../../../support/fakeWindow.ts';
import '../../../support/fakeVscode.ts';

const { ForwardsTree } = await import('../../../../src/ui/forwards/forwardsTree.ts');
const { mergeSources } = await import('../../../../src/ui/saved/savedForward.ts');

const entry = (name: string, group?: string) => ({ name, target: `pod/${name}`, remotePort: 80, group });

test('a changed group of a saved forward draws the whole view again, even if the order of the rows stays the same', async () => {
  await connector.connect();
  const changed = new Emitter<void>();
  const saved = { onDidChange: changed.event, forwards: [] } as unknown as SavedForwards;
  const save = (...value: readonly object[]) => {
    Object.assign(saved, mergeSources([{ scope: { type: 'user' }, value }]));
    changed.fire();
  };
  save(entry('first'), entry('second', 'a'));
  using tree = disposable(new ForwardsTree(forwards, gateways, saved));
  const drawn: unknown[] = [];
  tree.onDidChangeTreeData((nodes) => drawn.push(nodes));
  const grouped = [entry('first', 'a'), entry('second', 'a')];
  save(...grouped);
  save(...grouped);
  assert.deepEqual(drawn, [undefined]);
  const [group, ...others] = await tree.getChildren();
  assert.deepEqual([(await tree.getChildren(group)).length, others], [2, []]);
  const [only, ...rest] = grouped;
  assert.ok(only);
  save({ ...only, remotePort: 81 }, ...rest);
  assert.notEqual(drawn.at(-1), undefined);
});

function disposable<T extends { dispose(): void }>(one: T): T & Disposable {
  return Object.assign(one, { [Symbol.dispose]: () => one.dispose() });
}
