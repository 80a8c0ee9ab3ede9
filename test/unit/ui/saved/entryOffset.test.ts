import assert from 'node:assert/strict';
import { test } from 'node:test';
import { entryOffset } from '../../../../src/ui/saved/entryOffset.ts';

const KEY = 'kubePortForward.forwards';
const SETTINGS = `{
  "other": [{ "name": "web" }],
  // The real setting.
  "kubePortForward.forwards": [
    { "name": "web", "target": "service/web" },
    { "target": "service/db", "name" : "d\\u0062" },
    { "name": "a \\"b\\"" },
  ],
}`;

function found(name: string): string | undefined {
  const offset = entryOffset(SETTINGS, KEY, name);
  return offset === undefined ? undefined : SETTINGS.slice(offset).split('\n', 1)[0];
}

test('an entry is found by its name in the list of saved forwards in any notation', () => {
  assert.equal(found('web'), '"name": "web", "target": "service/web" },');
  assert.equal(found('db'), '"name" : "d\\u0062" },');
  assert.equal(found('a "b"'), '"name": "a \\"b\\"" },');
});

test('a missing entry has no offset', () => {
  assert.equal(found('missing'), undefined);
  assert.equal(entryOffset('{ "name": "web" }', KEY, 'web'), undefined);
});
