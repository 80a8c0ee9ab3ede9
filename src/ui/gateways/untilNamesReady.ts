import type { ErrorCode } from '../../base/errors.ts';
import { until } from '../../base/event.ts';
import type { ErrorInfo } from '../../rpc/contract.ts';
import type { GatewaySnapshot } from '../../rpc/gatewayContract.ts';
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
 * With one of these errors, a namespace counts as starting, because the error may go away while the user waits. With
 * any other error, it counts as failed: the host retries then too, but the user would wait too long.
 */
const PASSING: ReadonlySet<ErrorCode> = new Set(['UNREACHABLE', 'TIMED_OUT', 'PROXY_FAILED', 'API_ERROR']);

/**
 * Returns the state of one namespace of a gateway. Namespaces of one gateway can have different states, for example if
 * a namespace does not exist.
 */
export function namesState({ state, namespaces }: GatewaySnapshot, namespace: string): NamesState {
  if (state.type === 'failed') return { type: 'failed', error: state.error };
  const own = namespaces.find(({ name }) => name === namespace);
  if (own === undefined || state.type === 'stopping' || state.type === 'stopped') return { type: 'stopped' };
  const { error, isLoaded } = own;
  if (error === undefined) return { type: isLoaded && state.type !== 'starting' ? 'ready' : 'starting' };
  if (isLoaded && error.code !== 'NAMESPACE_NOT_FOUND') return { type: 'reconnecting', error };
  return PASSING.has(error.code) ? { type: 'starting', waiting: error } : { type: 'failed', error };
}

/**
 * Resolves with the gateway when connections reach a namespace, or with undefined if the namespace was closed.
 * @param started the gateway after the start; used until the model lists the namespace
 * @throws CodedError why the namespace cannot be opened, or the reason of the signal if it is aborted
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
  // The compiler does not see that `isSettled` assigns `state`, so this needs a cast.
  const settled = state as NamesState;
  if (settled.type === 'failed') throw fromErrorInfo(settled.error);
  return settled.type === 'stopped' ? undefined : gateway;
}
