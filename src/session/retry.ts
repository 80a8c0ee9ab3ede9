import { type CodedError, type ErrorCode, isCoded } from '../base/errors.ts';
import { StatusError } from '../rest/statusError.ts';
import type { AttemptPhase } from './state.ts';

/** What to do about an attempt that failed. */
export type Remedy =
  /** Nothing that time could mend. */
  | 'fail'
  /** Choose a pod again, after a pause or as soon as a ready one is seen. */
  | 'wait'
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
  'ADDRESS_NOT_AVAILABLE',
  'CREDENTIALS_FAILED',
  'FORBIDDEN',
  'FORBIDDEN_CLUSTER_WIDE',
  'NAMESPACE_NOT_FOUND',
  'POD_NOT_FOUND',
  'TARGET_NOT_FOUND',
  'PORT_NAME_NOT_FOUND',
  'SERVICE_PORT_NOT_FOUND',
  'SERVICE_WITHOUT_SELECTOR',
  'SERVICE_IS_EXTERNAL',
  'RESOURCE_TYPE_NOT_FOUND',
  'POD_COMPLETED',
]);

/** Wrong settings where nothing has worked yet; afterwards a file half written, or a network that wants a sign-in. */
const MENDED_IF_IT_WORKED: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'KUBECONFIG_NOT_FOUND',
  'KUBECONFIG_UNREADABLE',
  'KUBECONFIG_INVALID',
  'NO_KUBECONFIG',
  'CONTEXT_NOT_FOUND',
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
  /** What the attempt before it failed with. */
  readonly previous: CodedError | undefined;
}

/** Decides by the error's code, and by what the server answered. */
export function remedyFor({ error, phase, wasConnected, previous }: Failure): Remedy {
  const { code } = error;
  // The pod went between being chosen and being reached: the next choice tells.
  if (code === 'POD_NOT_FOUND' && phase !== 'resolving') return 'wait';
  if (NEVER_MENDED.has(code)) return 'fail';
  if (MENDED_IF_IT_WORKED.has(code) && !wasConnected) return 'fail';
  // The credentials have been run again for this attempt; a kubeconfig written anew counts from the next.
  if (code === 'UNAUTHORIZED') return wasConnected && !isCoded(previous, 'UNAUTHORIZED') ? 'wait' : 'fail';
  if (ABOUT_THE_SERVER.has(code) || isOverloaded(error)) return 'probe';
  return wasConnected || isPassing(error) ? 'wait' : 'fail';
}

/** A gateway that finds no server behind it says so as well. */
function isOverloaded(error: CodedError): boolean {
  return error instanceof StatusError && (error.status.code >= 500 || error.status.code === 429);
}

/** Whether an answer of the server's is one that other times get another of. */
function isPassing(error: CodedError): boolean {
  if (!(error instanceof StatusError)) return true;
  const { code } = error.status;
  return code >= 500 || code === 429 || code === 408;
}
