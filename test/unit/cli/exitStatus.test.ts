import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CodedError } from '../../../src/base/errors.ts';
import { failureStatus } from '../../../src/cli/exitStatus.ts';

test('a wrong command line has the exit status 2, and a failure that depends on what exists has 1', () => {
  for (const [code, expected] of [
    ['USAGE', 2],
    ['INVALID_PORT', 2],
    ['ALREADY_RUNNING', 1],
    ['POD_NOT_FOUND', 1],
    ['PORT_IN_USE', 1],
  ] as const) {
    assert.equal(failureStatus(new CodedError(code)), expected, code);
  }
});
