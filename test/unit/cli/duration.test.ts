import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseGoDuration, parseTimeout } from '../../../src/cli/duration.ts';
import { coded } from '../../support/coded.ts';

test("parseGoDuration() reads every form that Go's ParseDuration reads", () => {
  const durations: Record<string, number> = {
    '0': 0,
    '+0': 0,
    '0s': 0,
    '90s': 90_000,
    '+90s': 90_000,
    '-5s': -5_000,
    '500ms': 500,
    '100us': 0.1,
    '100µs': 0.1,
    '100μs': 0.1,
    '5ns': 0.000_005,
    '1m': 60_000,
    '2m30s': 150_000,
    '1h': 3_600_000,
    '1h2m3s4ms': 3_723_004,
    '1.5h': 5_400_000,
    '.5s': 500,
    '1.s': 1_000,
    '0.25s': 250,
    '9999h': 9_999 * 3_600_000,
  };
  for (const [text, expected] of Object.entries(durations)) {
    assert.ok(Math.abs(parseGoDuration('--timeout', text) - expected) < 1e-9, text);
  }
});

test('parseGoDuration() refuses other texts with the option and the text', () => {
  const texts = [
    '',
    's',
    ' 10s',
    '10s ',
    '5',
    '5x',
    '5 s',
    '1m-',
    'm5',
    '1,5s',
    '1d',
    'Infinity',
    '1e3',
    '.s',
    '--5s',
  ];
  for (const text of texts) {
    assert.throws(
      () => parseGoDuration('--pod-running-timeout', text),
      coded('USAGE', `--pod-running-timeout: invalid value "${text}": use a duration`),
      text,
    );
  }
});

test('parseTimeout() also reads whole seconds, and nothing else', () => {
  assert.equal(parseTimeout('--request-timeout', '30'), 30_000);
  assert.equal(parseTimeout('--request-timeout', '1m'), 60_000);
  assert.equal(parseTimeout('--request-timeout', '+5'), 5_000);
  assert.equal(parseTimeout('--request-timeout', '-5s'), -5_000);
  for (const text of ['5.5', '-5']) {
    assert.throws(() => parseTimeout('--request-timeout', text), /use a duration such as 30s/);
  }
});
