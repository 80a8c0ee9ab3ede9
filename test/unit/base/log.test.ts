import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nullLogger } from '../../../src/base/log.ts';

test('the null logger takes every level and says nothing', (t) => {
  const written = [t.mock.method(process.stdout, 'write'), t.mock.method(process.stderr, 'write')];
  for (const level of ['trace', 'debug', 'info', 'warn', 'error'] as const) {
    assert.equal(nullLogger[level]('message'), undefined);
  }
  assert.deepEqual(
    written.map((method) => method.mock.callCount()),
    [0, 0],
  );
});
