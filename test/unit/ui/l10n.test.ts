import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { usedStrings } from '../../support/l10nStrings.ts';

const BUNDLE = 'l10n/bundle.l10n.json';

test('the bundle has every string that a window uses, and no other', () => {
  const used = Object.fromEntries(usedStrings().map((string) => [string, string]));
  // `UPDATE_L10N=1` writes the bundle instead of checking it.
  if (process.env['UPDATE_L10N'] === '1') writeFileSync(BUNDLE, `${JSON.stringify(used, null, 2)}\n`);
  const bundle = JSON.parse(readFileSync(BUNDLE, 'utf8'));
  assert.deepEqual(bundle, used, 'run this test with UPDATE_L10N=1 to bring the bundle up to date');
});

test('placeholders have names, so that a translation can put them in another order', () => {
  for (const string of usedStrings()) {
    for (const [placeholder, name = ''] of string.matchAll(/\{([^{}]*)\}/g)) {
      assert.match(name, /^[a-zA-Z]+$/, `${placeholder} in: ${string}`);
    }
  }
});
