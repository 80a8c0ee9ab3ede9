import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { type CodedError, type ErrorArguments, type ErrorCode, isCoded } from '../../src/base/errors.ts';

/**
 * Returns a check for `assert.rejects` and `assert.throws`, which fails if an error is not a coded error with this
 * code.
 * @param detail a text that the error's message must contain, a pattern that the message must match, or arguments that
 * the error must have; optional
 * @param secret a text that no part of the error may contain; optional
 */
export function coded(
  code: ErrorCode,
  detail: string | RegExp | ErrorArguments = '',
  secret?: string,
): (error: unknown) => true {
  return (error) => {
    assert.ok(isCoded(error, code), String(error));
    if (typeof detail === 'string') assert.ok(error.message.includes(detail), error.message);
    else if (detail instanceof RegExp) assert.match(error.message, detail);
    else assert.deepEqual({ ...error.arguments, ...detail }, error.arguments);
    const everything = inspect(error, { depth: 10, showHidden: true });
    assert.ok(secret === undefined || !everything.includes(secret), 'the secret is in the error');
    return true;
  };
}

/** Returns the coded error with which the promise rejects. If `code` is given, fails if the error has another code. */
export async function rejection(promise: Promise<unknown>, code?: ErrorCode): Promise<CodedError> {
  const error = await promise.then(
    () => assert.fail('it does not reject'),
    (reason: unknown) => reason,
  );
  assert.ok(isCoded(error, code), String(error));
  return error;
}
