import { CodedError } from '../base/errors.ts';

/** The peer broke SPDY/3.1: the connection that it happened on ends, nothing else does. */
export function protocolError(reason: string, cause?: unknown): CodedError {
  return new CodedError('PROTOCOL', { protocol: 'SPDY/3.1', reason }, cause);
}
