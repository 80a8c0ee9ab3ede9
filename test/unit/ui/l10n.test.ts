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

test('placeholders have names, so that a translation can reorder them', () => {
  for (const string of usedStrings()) {
    for (const [placeholder, name = ''] of string.matchAll(/\{([^{}]*)\}/g)) {
      assert.match(name, /^[a-zA-Z]+$/, `${placeholder} in: ${string}`);
    }
  }
});

/**
 * Plural strings whose singular is another sentence than "1 ...", with that singular. Undefined if there is no
 * singular.
 */
const SAID_OF_ONE: Readonly<Record<string, string | undefined>> = {
  'Deleted {count} saved forwards.': 'Deleted the saved forward {name}.',
  'Removed {count} failed forwards.': 'Removed the failed forward {target}.',
  'Stopped {count} forwards, {elsewhere} of them started elsewhere.':
    'Stopped 1 forward (started elsewhere).',
  '{count} forwards failed.': 'The forward {target} failed: {reason}',
  // The count is at least three, so there is no singular.
  'the background process ended {count} times while loading "{context}": refresh to try again': undefined,
};

test('counting strings have a singular: "1 port", not "1 ports"', () => {
  const strings = new Set(usedStrings());
  const counted = [...strings].filter((string) => /\{\w+\} (?:[a-z]+ )?[a-z]{3,}s\b/.test(string));
  const plurals = counted.filter((string) =>
    /\{(?:count|total|connections|open|number)\} [a-z]/.test(string),
  );
  assert.ok(plurals.length > 5);
  for (const string of plurals) {
    const one = string.replace(/\{\w+\} ([a-z]+ )?([a-z]{2,})s\b/, '1 $1$2');
    if (string in SAID_OF_ONE) assert.ok(strings.has(SAID_OF_ONE[string] ?? string), string);
    else assert.ok(strings.has(one), `${string} has no ${one}`);
  }
});
