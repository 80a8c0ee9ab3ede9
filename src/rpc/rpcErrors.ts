import { CodedError, ERROR_MESSAGES } from '../base/errors.ts';
import type { ErrorInfo } from './contract.ts';

/** A coded error as it goes over the wire. */
export function toErrorInfo({ code, arguments: args }: CodedError): ErrorInfo {
  return { code, arguments: args };
}

/** Returns the coded error in the `data` of a failed response, or else the error itself. */
export function fromResponseError(error: unknown): unknown {
  if (!(error instanceof Error) || !('data' in error) || !isErrorInfo(error.data)) return error;
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
