import { CodedError, ERROR_MESSAGES, toCoded } from '../base/errors.ts';
import type { ErrorInfo } from './messages.ts';

/**
 * Converts an error to the form that errors have in messages: a code and arguments. For a coded error, or a failed
 * response that contains a coded error, these are the code and arguments of the coded error. Any other error becomes
 * `INTERNAL`.
 */
export function toErrorInfo(error: unknown): ErrorInfo {
  const { code, arguments: args } = toCoded(fromResponseError(error));
  return { code, arguments: args };
}

/** Converts an error from a message to a coded error. */
export function fromErrorInfo({ code, arguments: args }: ErrorInfo): CodedError {
  return new CodedError(code, args);
}

/**
 * If the error is a failed response with a coded error in its `data`, returns the coded error. Otherwise returns the
 * error itself.
 */
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
