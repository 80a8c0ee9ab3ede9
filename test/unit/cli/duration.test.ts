import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isCoded } from '../../../src/base/errors.ts';
import { parseDuration } from '../../../src/cli/duration.ts';

test('the ways in which Go writes durations, and plain seconds', () => {
  const durations: Record<string, number> = {
    '0': 0,
    '30': 30_000,
    '1.5': 1_500,
    '0s': 0,
    '90s': 90_000,
    '500ms': 500,
    '1m': 60_000,
    '2m30s': 150_000,
    '1h': 3_600_000,
    '1h2m3s4ms': 3_723_004,
    '1.5h': 5_400_000,
    '0.25s': 250,
  };
  for (const [text, expected] of Object.entries(durations)) {
    assert.equal(parseDuration('timeout', text), expected, text);
  }
});

test('everything else is wrong usage that names the option and the text', () => {
  for (const text of [
    '',
    's',
    ' 10s',
    '10s ',
    '-5s',
    '5x',
    '5 s',
    '1m-',
    'm5',
    '1,5s',
    '1d',
    'Infinity',
    '1e3',
  ]) {
    assert.throws(
      () => parseDuration('request-timeout', text),
      (error) =>
        isCoded(error, 'USAGE') && error.message.includes(`--request-timeout ${text} is no duration`),
      text,
    );
  }
});
