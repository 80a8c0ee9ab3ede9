import { CodedError } from '../base/errors.ts';
import { RECOVERY } from '../base/recovery.ts';
import { StatusError } from '../rest/statusError.ts';
import type { AttemptFailure } from './state.ts';

/** How a session reacts to an attempt that failed. */
export type Remedy =
  /** Ends the session with the error, because another attempt would fail in the same way. */
  | 'fail'
  /** Starts another attempt after a pause, or earlier if the target reports that an attempt may succeed. */
  | 'wait'
  /**
   * Like `wait`, but for at most `waitForTargetMs`, because the target does not exist. After that, the session fails.
   */
  | 'waitForTarget'
  /**
   * Like `wait`, but for at most `FORBIDDEN_LIMIT_MS`, because the server forbids something that it allowed before.
   * After that, the session fails.
   */
  | 'waitForPermission'
  /** Like `wait`, but reports an unchanged error only once, because the error may last until the user signs in. */
  | 'waitForCredentials'
  /** Polls the API server until it answers, then starts another attempt. */
  | 'probe';

export interface Failure extends AttemptFailure {
  /** Whether the session has ever been connected since it started, or since the user restarted it. */
  readonly wasConnected: boolean;
}

/**
 * Returns how to react to a failed attempt. The reaction depends on the code of the error and on the server's response.
 */
export function remedyFor(failure: Failure): Remedy {
  const { error, wasConnected } = failure;
  const { code } = error;
  // The pod was deleted after the attempt had chosen it. The target may have another pod, which the next attempt finds.
  // So the session does not fail.
  if (code === 'POD_NOT_FOUND' && wasPodSeen(failure)) return 'wait';
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
 * Returns whether the attempt knew that its pod exists. Without the permission to read the pod, the attempt knows this
 * only once it is connected.
 */
function wasPodSeen({ phase, isUnread }: Failure): boolean {
  return phase === 'connected' || (phase === 'connecting' && !isUnread);
}

/**
 * If the error says that an object was not found, returns an error that names the object for which the session waits.
 * Returns other errors unchanged.
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

/**
 * Returns whether the status of the response means that the server is overloaded, or that a load balancer in front of
 * the server cannot reach it.
 */
function isOverloaded(error: CodedError): boolean {
  return error instanceof StatusError && (error.status.code >= 500 || error.status.code === 429);
}

/**
 * Returns whether the failure may be temporary: there was no response, or the response has a status for a temporary
 * problem (5xx, 429 or 408).
 */
function isPassing(error: CodedError): boolean {
  if (!(error instanceof StatusError)) return true;
  const { code } = error.status;
  return code >= 500 || code === 429 || code === 408;
}
