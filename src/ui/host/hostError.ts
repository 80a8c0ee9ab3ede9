import { CodedError, describeError } from '../../base/errors.ts';
import type { ErrorInfo } from '../../rpc/contract.ts';
import { fromResponseError } from '../../rpc/rpcErrors.ts';

/** What a failed request tells: the host's own error where it sent one with it, else the text of what went wrong. */
export function toErrorInfo(error: unknown): ErrorInfo {
  const told = fromResponseError(error);
  if (told instanceof CodedError) return { code: told.code, arguments: told.arguments };
  return { code: 'USAGE', arguments: { reason: describeError(told) } };
}
