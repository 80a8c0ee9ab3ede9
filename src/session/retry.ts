import { CodedError } from '../base/errors.ts';
import { MENDED_BY } from '../base/mendedBy.ts';
import { StatusError } from '../rest/statusError.ts';
import type { AttemptPhase } from './state.ts';

/** What to do about an attempt that failed. */
export type Remedy =
  /** Nothing that time could mend. */
  | 'fail'
  /** Choose a pod again, after a pause or as soon as the target says that it may succeed. */
  | 'wait'
  /** As `wait`, for as long as a target that is gone is waited for. */
  | 'waitForTarget'
  /** As `wait`, for as long as a right that was there may be missing. */
  | 'waitForRights'
  /** As `wait`. A person may have to sign in. */
  | 'waitForCredentials'
  /** The server cannot be spoken to: find out when it can. */
  | 'probe';

export interface Failure {
  readonly error: CodedError;
  readonly phase: AttemptPhase;
  /** Whether traffic has passed before. */
  readonly wasConnected: boolean;
}

/** Decides by the error's code, and by what the server answered. */
export function remedyFor({ error, phase, wasConnected }: Failure): Remedy {
  const { code } = error;
  // The pod went between being chosen and being reached: the next choice tells.
  if (code === 'POD_NOT_FOUND' && phase !== 'resolving') return 'wait';
  switch (MENDED_BY[code]) {
    case 'nothing':
      return 'fail';
    case 'target':
      return wasConnected ? 'waitForTarget' : 'fail';
    case 'rights':
      return wasConnected ? 'waitForRights' : 'fail';
    case 'credentials':
      return wasConnected ? 'waitForCredentials' : 'fail';
    case 'settings':
      return wasConnected ? 'wait' : 'fail';
    case 'certificate':
      return wasConnected ? 'probe' : 'fail';
    case 'server':
      return 'probe';
    case 'time':
      if (isOverloaded(error)) return 'probe';
      return wasConnected || isPassing(error) ? 'wait' : 'fail';
  }
}

/** Says of a target that is gone what is waited for; other errors say it themselves. */
export function waitingFor(error: CodedError): CodedError {
  const { kind = 'pod', name, namespace } = error.arguments;
  switch (error.code) {
    case 'POD_NOT_FOUND':
    case 'POD_COMPLETED':
    case 'POD_TERMINATING':
    case 'TARGET_NOT_FOUND':
      return new CodedError('WAITING_FOR_TARGET', { target: `${kind}/${name}` }, error);
    case 'NAMESPACE_NOT_FOUND':
      return new CodedError('WAITING_FOR_TARGET', { target: `namespace/${namespace}` }, error);
    default:
      return error;
  }
}

/** Whether two errors tell a person the same. */
export function isSameError(left: CodedError, right: CodedError): boolean {
  return left.code === right.code && left.message === right.message;
}

/** A gateway that finds no server behind it says so as well. */
function isOverloaded(error: CodedError): boolean {
  return error instanceof StatusError && (error.status.code >= 500 || error.status.code === 429);
}

/** Whether the server may answer differently on a later try. */
function isPassing(error: CodedError): boolean {
  if (!(error instanceof StatusError)) return true;
  const { code } = error.status;
  return code >= 500 || code === 429 || code === 408;
}
