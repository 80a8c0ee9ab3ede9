import { CodedError } from '../base/errors.ts';

/** Creates the error for a peer that violates SPDY/3.1. The error ends only the connection to this peer. */
export function protocolError(reason: string, cause?: unknown): CodedError {
  return new CodedError('PROTOCOL', { protocol: 'SPDY/3.1', reason }, cause);
}
