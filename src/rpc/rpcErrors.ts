import { ResponseError } from 'vscode-jsonrpc';
import { CodedError, describeError, ERROR_MESSAGES, isCoded } from '../base/errors.ts';
import type { ErrorInfo } from './contract.ts';

// JSON-RPC 2.0 section 5.1: -32000 to -32099 are the server's own.
const FAILED = -32000;

/** A coded error as it goes over the wire. */
export function toErrorInfo({ code, arguments: args }: CodedError): ErrorInfo {
  return { code, arguments: args };
}

/** What a request is answered with that failed: the coded error is in its `data`. */
export function toResponseError(error: unknown): ResponseError<ErrorInfo> {
  const coded = isCoded(error) ? error : new CodedError('INTERNAL', { reason: describeError(error) }, error);
  return new ResponseError(FAILED, coded.message, toErrorInfo(coded));
}

/** The coded error of a request that failed; what is none comes back as it is. */
export function fromResponseError(error: unknown): unknown {
  if (!(error instanceof ResponseError) || !isErrorInfo(error.data)) return error;
  return new CodedError(error.data.code, error.data.arguments, error);
}

function isErrorInfo(data: unknown): data is ErrorInfo {
  return (
    typeof data === 'object' &&
    data !== null &&
    'code' in data &&
    typeof data.code === 'string' &&
    Object.hasOwn(ERROR_MESSAGES, data.code) &&
    'arguments' in data &&
    typeof data.arguments === 'object' &&
    data.arguments !== null
  );
}
