import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CodedError } from '../../../src/base/errors.ts';
import { toErrorInfo } from '../../../src/rpc/rpcErrors.ts';

test('an error without a code is INTERNAL: a defect, not a mistake of the user', () => {
  const error = new TypeError('x is not a function');
  assert.deepEqual(toErrorInfo(error), { code: 'INTERNAL', arguments: { reason: 'x is not a function' } });
});

test('an error keeps its code, whether it is thrown here or sent by the host', () => {
  const info = { code: 'POD_GONE', arguments: { name: 'web' } } as const;
  assert.deepEqual(toErrorInfo(new CodedError(info.code, info.arguments)), info);
  assert.deepEqual(toErrorInfo(Object.assign(new Error('failed'), { data: info })), info);
});
