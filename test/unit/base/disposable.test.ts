import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DisposableStore, toDisposable } from '../../../src/base/disposable.ts';
import { SharedMap } from '../../../src/base/sharedMap.ts';

test('a function as a disposable is called once, even if it disposes of itself', () => {
  let calls = 0;
  const disposable = toDisposable(() => {
    calls++;
    disposable.dispose();
  });
  disposable.dispose();
  disposable.dispose();
  assert.equal(calls, 1);
});

test('a store disposes of its objects once, the last one first', () => {
  const ended: string[] = [];
  const store = new DisposableStore();
  const owned = (name: string) => toDisposable(() => ended.push(name));
  const first = owned('first');
  assert.equal(store.add(first), first);
  store.add(owned('second'));
  assert.equal(store.isDisposed, false);
  store.dispose();
  store.dispose();
  assert.equal(store.isDisposed, true);
  assert.deepEqual(ended, ['second', 'first']);
});

test('an object added to a disposed store is disposed of at once', () => {
  const ended: string[] = [];
  const store = new DisposableStore();
  store.add(
    toDisposable(() => {
      store.add(toDisposable(() => ended.push('added meanwhile')));
      ended.push('owned');
    }),
  );
  store.dispose();
  store.add(toDisposable(() => ended.push('added late')));
  assert.deepEqual(ended, ['added meanwhile', 'owned', 'added late']);
});

test('SharedMap creates a value for the first user of a key, and disposes of it once with the last', () => {
  const ended: string[] = [];
  const map = new SharedMap<{ dispose(): void }>();
  const acquire = (key: string) => map.acquire(key, () => toDisposable(() => ended.push(key)));
  const first = acquire('a');
  const second = acquire('a');
  const other = acquire('b');
  assert.equal(first.value, second.value);
  assert.equal(map.get('b'), other.value);
  first.dispose();
  first.dispose();
  assert.deepEqual([ended, map.size], [[], 2]);
  second.dispose();
  assert.deepEqual([ended, map.size], [['a'], 1]);
  map.dispose();
  other.dispose();
  assert.deepEqual(ended, ['a', 'b']);
});
