import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HEADER_DICTIONARY, HEADER_DICTIONARY_ID } from '../../../src/spdy/dictionary.ts';

test('the dictionary has the Adler-32 of the specification', () => {
  let [low, high] = [1, 0];
  for (const byte of HEADER_DICTIONARY) {
    low = (low + byte) % 65521;
    high = (high + low) % 65521;
  }
  assert.equal(high * 65536 + low, HEADER_DICTIONARY_ID);
  assert.equal(HEADER_DICTIONARY.length, 1423);
});
