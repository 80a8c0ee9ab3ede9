import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createNamespace } from '../../../src/demo/objects/services.ts';
import { Store } from '../../../src/demo/store.ts';
import { recorded } from '../../support/observed.ts';

const namespace = (name: string) => createNamespace(name, new Date(0));

test('every change gets the next version and is reported', () => {
  const store = new Store();
  const events = recorded(store.onDidChange);
  const added = store.put('namespaces', namespace('a'));
  const changed = store.put('namespaces', { ...added, status: { phase: 'Terminating' } });
  const deleted = store.delete('namespaces', '', 'a');
  assert.deepEqual(
    events.map(({ type, previous }) => [type, previous?.metadata.resourceVersion]),
    [
      ['ADDED', undefined],
      ['MODIFIED', added.metadata.resourceVersion],
      ['DELETED', changed.metadata.resourceVersion],
    ],
  );
  const versions = [added, changed, deleted].map((object) => Number(object?.metadata.resourceVersion));
  assert.deepEqual(versions, [1001, 1002, 1003]);
  assert.equal(store.resourceVersion, 1003);
  assert.equal(store.get('namespaces', '', 'a'), undefined);
});

test('objects are listed in the order of their keys, also after one of them', () => {
  const store = new Store();
  for (const name of ['b', 'a-b', 'c', 'a']) store.put('namespaces', namespace(name));
  const names = (after?: string) => store.list('namespaces', '', after).map(({ metadata }) => metadata.name);
  assert.deepEqual(names(), ['a', 'a-b', 'b', 'c']);
  assert.deepEqual(names('/a-b'), ['b', 'c']);
  store.delete('namespaces', '', 'b');
  assert.deepEqual(names(), ['a', 'a-b', 'c']);
});

test('a change to an equal object is no change', () => {
  const store = new Store();
  const added = store.put('namespaces', namespace('a'));
  const modify = (name: string) => store.modify('namespaces', '', name, (object) => object);
  assert.equal(modify('a'), added);
  assert.equal(store.resourceVersion, 1001);
  assert.equal(modify('missing'), undefined);
});

test('the past is remembered until it expires', () => {
  const store = new Store();
  store.put('namespaces', namespace('a'));
  const version = store.resourceVersion;
  store.put('namespaces', namespace('b'));
  const changes = store.changesAfter(version);
  assert.ok(changes !== 'expired');
  const changed = changes.map(({ object }) => object.metadata.name);
  assert.deepEqual(changed, ['b']);
  assert.deepEqual(store.changesAfter(store.resourceVersion), []);
  store.expire();
  assert.equal(store.changesAfter(version), 'expired');
  assert.deepEqual(store.changesAfter(store.resourceVersion), []);
});

test('a long past is cut off, and versions before the cut are too old', () => {
  const store = new Store();
  const first = store.resourceVersion;
  for (let i = 0; i <= 20_000; i++) store.put('namespaces', namespace('a'));
  assert.equal(store.changesAfter(first), 'expired');
  const changes = store.changesAfter(store.resourceVersion - 5);
  assert.ok(changes !== 'expired');
  assert.equal(changes.length, 5);
});
