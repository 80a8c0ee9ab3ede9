import assert from 'node:assert/strict';
import { type ErrorArguments, type ErrorCode, isCoded } from '../../src/base/errors.ts';

/**
 * Returns a check for `assert.rejects` and `assert.throws`: the error is a coded error with this code. Its message also contains
 * a text or matches a pattern, or its arguments contain the given ones.
 */
export function coded(
  code: ErrorCode,
  detail: string | RegExp | ErrorArguments = '',
): (error: unknown) => true {
  return (error) => {
    assert.ok(isCoded(error, code), String(error));
    if (typeof detail === 'string') assert.ok(error.message.includes(detail), error.message);
    else if (detail instanceof RegExp) assert.match(error.message, detail);
    else assert.deepEqual({ ...error.arguments, ...detail }, error.arguments);
    return true;
  };
}
