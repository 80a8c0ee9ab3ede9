import { CodedError } from '../base/errors.ts';
import { RECOVERY } from '../base/recovery.ts';
import { StatusError } from '../rest/statusError.ts';
import type { AttemptPhase } from './state.ts';

/** How a session reacts to an attempt that failed. */
export type Remedy =
  /** Gives up: time does not help. */
  | 'fail'
  /** Chooses a pod again after a pause, or as soon as the target says that another try may succeed. */
  | 'wait'
  /** Like `wait`, limited by `waitForTargetMs`: the target is gone. */
  | 'waitForTarget'
  /** Like `wait`, limited by `FORBIDDEN_LIMIT_MS`: the server forbids something that it allowed before. */
  | 'waitForPermission'
  /** Like `wait`. A person may have to sign in. */
  | 'waitForCredentials'
  /** Asks the API server until it answers, then tries again. */
  | 'probe';

export interface Failure {
  readonly error: CodedError;
  readonly phase: AttemptPhase;
  /** Whether traffic has passed before. */
  readonly wasConnected: boolean;
}

/** Returns how to react to a failure, by the code of its error and the answer of the server. */
export function remedyFor({ error, phase, wasConnected }: Failure): Remedy {
  const { code } = error;
  // The pod disappeared between the choice and the connection: the next choice shows whether another one exists.
  if (code === 'POD_NOT_FOUND' && phase !== 'resolving') return 'wait';
  switch (RECOVERY[code]) {
    case 'nothing':
      return 'fail';
    case 'target':
      return wasConnected ? 'waitForTarget' : 'fail';
    case 'permission':
      return wasConnected ? 'waitForPermission' : 'fail';
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

/**
 * Returns an error that names the missing target that the session waits for. Errors other than "not found" stay as they are.
 */
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

/** Returns whether two errors have the same code and message. */
export function isSameError(left: CodedError, right: CodedError): boolean {
  return left.code === right.code && left.message === right.message;
}

/** A gateway with no server behind it answers 5xx as well. */
function isOverloaded(error: CodedError): boolean {
  return error instanceof StatusError && (error.status.code >= 500 || error.status.code === 429);
}

/** Whether the server may answer differently on a later try. */
function isPassing(error: CodedError): boolean {
  if (!(error instanceof StatusError)) return true;
  const { code } = error.status;
  return code >= 500 || code === 429 || code === 408;
}
