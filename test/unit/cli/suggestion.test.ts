import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closest } from '../../../src/cli/suggestion.ts';

test('closest() finds a word with a letter missing, added, changed or swapped, and no other', () => {
  const known = ['namespace', 'context', 'server', 'user', 'as'];
  const expected: Record<string, string | undefined> = {
    namspace: 'namespace',
    namespaces: 'namespace',
    contekt: 'context',
    contxet: 'context',
    usre: 'user',
    frobnicate: undefined,
    context: 'context',
    '': undefined,
  };
  for (const [word, suggestion] of Object.entries(expected))
    assert.equal(closest(word, known), suggestion, word);
});
