import * as vscode from 'vscode';
import { raceAbort } from '../../base/async.ts';
import { CodedError } from '../../base/errors.ts';
import type { ForwardSnapshot, ForwardSpecification } from '../../rpc/forwardsContract.ts';
import type { ErrorInfo } from '../../rpc/messages.ts';
import { fromErrorInfo, toErrorInfo } from '../../rpc/rpcErrors.ts';
import type { ForwardsModel } from '../forwards/forwardsModel.ts';
import type { HeldForward, HeldForwards } from '../forwards/holds.ts';
import { untilReady } from '../forwards/untilReady.ts';
import { errorText } from '../present/errorText.ts';
import type { Localizer } from '../present/localizer.ts';
import { toInfo } from './forwardInfo.ts';
import type {
  PortForwardError,
  PortForwardInfo,
  PortForwardRequest,
  PortForwardStateName,
  StartedPortForward,
} from './portForwardApi.ts';

export interface StartedForwardOptions {
  readonly held: HeldForwards;
  readonly model: Pick<ForwardsModel, 'onDidChange'>;
  readonly l10n: Localizer;
  readonly specification: () => Promise<ForwardSpecification>;
  readonly signal?: AbortSignal;
}

/** Starts a forward for another extension; see {@link StartedPortForward}. */
export function startForExtension(options: StartedForwardOptions): StartedPortForward {
  const { held, model, l10n, signal } = options;
  // Uses VS Code's class, because this class catches the errors of listeners: a listener of another extension must not
  // make the start fail.
  const changed = new vscode.EventEmitter<PortForwardStateName>();
  const stopped = new AbortController();
  let mine: HeldForward | undefined;
  let last: PortForwardStateName | undefined;
  const fireChange = (): void => {
    const state: PortForwardStateName = mine?.current?.state.type ?? 'stopped';
    if (mine === undefined || state === last) return;
    last = state;
    changed.fire(state);
  };
  const follow = model.onDidChange(fireChange);
  const stop = async (): Promise<void> => {
    stopped.abort(signal?.aborted === true ? signal.reason : new CodedError('STOPPED'));
    await mine?.release();
    end();
  };
  const end = (): void => {
    signal?.removeEventListener('abort', onAbort);
    follow.dispose();
    changed.dispose();
  };
  const onAbort = (): void => void stop().catch(() => {});
  if (signal?.aborted === true) stopped.abort(signal.reason);
  else signal?.addEventListener('abort', onAbort, { once: true });

  const begin = async (): Promise<PortForwardInfo> => {
    const specification = await raceAbort(options.specification(), stopped.signal);
    mine = await held.hold(specification, { kind: 'extension' }, stopped.signal);
    fireChange();
    const forward = await untilReady(model, () => mine?.current, stopped.signal);
    if (forward?.state.type !== 'ready') throw toErrorInfoOf(forward);
    return toInfo(l10n, forward);
  };
  const ready = begin().catch((error: unknown) => {
    // If the start fails before there is a forward, the caller has no reason to call `stop`. So the listeners are
    // removed here.
    if (mine === undefined) end();
    throw stopped.signal.aborted ? stopped.signal.reason : toApiError(l10n, error);
  });
  // Prevents an unhandled rejection if the caller does not use `ready`.
  ready.catch(() => {});
  return {
    ready,
    get info() {
      const current = mine?.current;
      return current === undefined ? undefined : toInfo(l10n, current);
    },
    onDidChangeState: changed.event,
    stop,
  };
}

function toErrorInfoOf(forward: ForwardSnapshot | undefined): CodedError {
  const state = forward?.state;
  return state?.type === 'failed' ? fromErrorInfo(state.error) : new CodedError('STOPPED');
}

function toApiError(l10n: Localizer, error: unknown): Error & PortForwardError {
  const { code, arguments: args }: ErrorInfo = toErrorInfo(error);
  return Object.assign(new Error(errorText(l10n, { code, arguments: args })), { code });
}

/** Returns the signal in the request of another extension. Undefined if the value is not an AbortSignal. */
export function signalOf(request: unknown): AbortSignal | undefined {
  const signal = (request as Partial<PortForwardRequest> | null | undefined)?.signal;
  return typeof signal?.aborted === 'boolean' && typeof signal.addEventListener === 'function'
    ? signal
    : undefined;
}
