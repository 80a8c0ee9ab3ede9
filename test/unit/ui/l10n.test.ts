import assert from 'node:assert/strict';
import { test } from 'node:test';
import { usedStrings } from '../../../scripts/generateStrings.ts';

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
