import { CodedError, type ErrorCode } from '../base/errors.ts';
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

const NEVER_MENDED: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'USAGE',
  'INVALID_PORT',
  'INVALID_TARGET',
  'INVALID_ADDRESS',
  'DUPLICATE_LOCAL_PORT',
  'UDP_NOT_SUPPORTED',
  'PORT_IN_USE',
  'PORT_NOT_PERMITTED',
  'PORT_RESERVED',
  'ADDRESS_NOT_AVAILABLE',
  'PLUGIN_NOT_ALLOWED',
]);

/**
 * The target, or what it consists of, is not there: a mistake at the start. Operators, Helm and Skaffold delete and make
 * again what has worked, so afterwards it is waited for.
 */
const TARGET_IS_GONE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'NAMESPACE_NOT_FOUND',
  'POD_NOT_FOUND',
  'POD_COMPLETED',
  'POD_TERMINATING',
  'TARGET_NOT_FOUND',
  'PORT_NAME_NOT_FOUND',
  'SERVICE_PORT_NOT_FOUND',
  'SERVICE_WITHOUT_SELECTOR',
  'SERVICE_IS_EXTERNAL',
  'RESOURCE_TYPE_NOT_FOUND',
]);

/** Wrong settings where nothing has worked yet; afterwards a file half written, or a network that wants a sign-in. */
const MENDED_IF_IT_WORKED: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'KUBECONFIG_NOT_FOUND',
  'KUBECONFIG_UNREADABLE',
  'KUBECONFIG_INVALID',
  'NO_KUBECONFIG',
  'CONTEXT_NOT_FOUND',
  'NO_CONTEXTS',
  'NO_CURRENT_CONTEXT',
  'CLUSTER_NOT_FOUND',
  'USER_NOT_FOUND',
  'TLS',
]);

const ABOUT_THE_SERVER: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'UNREACHABLE',
  'TLS',
  'PROXY_FAILED',
  'TIMED_OUT',
  'LOST_CONNECTION',
  'LOST_CONNECTION_TO_SERVER',
]);

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
  if (NEVER_MENDED.has(code)) return 'fail';
  if (wasConnected) {
    if (TARGET_IS_GONE.has(code)) return 'waitForTarget';
    if (code === 'FORBIDDEN' || code === 'FORBIDDEN_CLUSTER_WIDE') return 'waitForRights';
    if (code === 'UNAUTHORIZED' || code === 'CREDENTIALS_FAILED') return 'waitForCredentials';
  } else if (isFinalAtStart(code)) return 'fail';
  if (ABOUT_THE_SERVER.has(code) || isOverloaded(error)) return 'probe';
  return wasConnected || isPassing(error) ? 'wait' : 'fail';
}

function isFinalAtStart(code: ErrorCode): boolean {
  return (
    TARGET_IS_GONE.has(code) ||
    MENDED_IF_IT_WORKED.has(code) ||
    code === 'FORBIDDEN' ||
    code === 'FORBIDDEN_CLUSTER_WIDE' ||
    code === 'UNAUTHORIZED' ||
    code === 'CREDENTIALS_FAILED'
  );
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
