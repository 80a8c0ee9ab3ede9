import { CodedError } from '../base/errors.ts';

/** The error for a peer that violates SPDY/3.1. It ends that connection and nothing else. */
export function protocolError(reason: string, cause?: unknown): CodedError {
  return new CodedError('PROTOCOL', { protocol: 'SPDY/3.1', reason }, cause);
}
