import type { ErrorCode } from '../../base/errors.ts';
import { until } from '../../base/event.ts';
import { isStopped } from '../../kinds/stopped.ts';
import type { GatewaySnapshot } from '../../rpc/gatewayContract.ts';
import type { ErrorInfo } from '../../rpc/messages.ts';
import { fromErrorInfo } from '../../rpc/rpcErrors.ts';
import type { GatewaysModel } from './gatewaysModel.ts';

/** The state of one namespace that a gateway serves. */
export type NamesState =
  | { readonly type: 'starting'; readonly waiting?: ErrorInfo }
  | { readonly type: 'ready' }
  | { readonly type: 'reconnecting'; readonly error: ErrorInfo }
  | { readonly type: 'failed'; readonly error: ErrorInfo }
  | { readonly type: 'stopped' };

/**
 * Errors that may go away within seconds. Until the host has listed the services of a namespace for the first time, the
 * namespace counts as starting if it has one of these errors, and as failed if it has any other error. The host retries
 * after every error, but the other errors usually last longer than a user wants to wait.
 */
const PASSING: ReadonlySet<ErrorCode> = new Set(['UNREACHABLE', 'TIMED_OUT', 'PROXY_FAILED', 'API_ERROR']);

/**
 * Returns the state of one namespace of a gateway. The states of the namespace and the gateway may differ: a gateway
 * that is ready may serve a namespace that does not exist.
 */
export function namesState({ state, namespaces }: GatewaySnapshot, namespace: string): NamesState {
  if (state.type === 'failed') return { type: 'failed', error: state.error };
  const own = namespaces.find(({ name }) => name === namespace);
  if (own === undefined || isStopped(state.type)) return { type: 'stopped' };
  const { error, isLoaded } = own;
  if (error === undefined) return { type: isLoaded && state.type !== 'starting' ? 'ready' : 'starting' };
  if (isLoaded && error.code !== 'NAMESPACE_NOT_FOUND') return { type: 'reconnecting', error };
  return PASSING.has(error.code) ? { type: 'starting', waiting: error } : { type: 'failed', error };
}

/**
 * Waits until the host has listed the services of a namespace, so that programs can connect to these services. Resolves
 * with the gateway, or with undefined if the namespace was closed.
 * @param started the snapshot from the start of the gateway; used until the gateway in the model contains the namespace
 * @throws CodedError the error of the namespace if the namespace cannot be opened; the signal's reason when aborted
 */
export async function untilNamesReady(
  model: Pick<GatewaysModel, 'find' | 'onDidChange'>,
  started: GatewaySnapshot,
  namespace: string,
  signal: AbortSignal,
): Promise<GatewaySnapshot | undefined> {
  let isListed = false;
  let gateway: GatewaySnapshot | undefined;
  let state: NamesState = { type: 'starting' };
  const isSettled = () => {
    const now = model.find(started.id);
    isListed ||= now?.namespaces.some(({ name }) => name === namespace) === true;
    gateway = isListed ? now : started;
    state = gateway === undefined ? { type: 'stopped' } : namesState(gateway, namespace);
    return state.type !== 'starting';
  };
  await until(model.onDidChange, isSettled, signal);
  // The cast is needed because the compiler does not see that `isSettled` assigns the variable. Without the cast, the
  // compiler assumes that the state is still `starting`.
  const settled = state as NamesState;
  if (settled.type === 'failed') throw fromErrorInfo(settled.error);
  return settled.type === 'stopped' ? undefined : gateway;
}
