import { ResponseError } from 'vscode-jsonrpc';
import { CodedError, describeError, ERROR_MESSAGES } from '../../base/errors.ts';
import type { ErrorInfo } from '../../rpc/contract.ts';

/** What a failed request tells: the host's own error where it sent one with it, else the text of what went wrong. */
export function toErrorInfo(error: unknown): ErrorInfo {
  if (error instanceof ResponseError && isErrorInfo(error.data)) return error.data;
  if (isErrorInfo(error) && !(error instanceof Error)) return error;
  if (error instanceof CodedError) return { code: error.code, arguments: error.arguments };
  return { code: 'USAGE', arguments: { reason: describeError(error) } };
}

function isErrorInfo(data: unknown): data is ErrorInfo {
  return (
    typeof data === 'object' &&
    data !== null &&
    'code' in data &&
    typeof data.code === 'string' &&
    data.code in ERROR_MESSAGES &&
    'arguments' in data &&
    typeof data.arguments === 'object'
  );
}
