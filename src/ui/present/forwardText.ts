import { hostAndPort } from '../../base/address.ts';
import { isSignInProblem } from '../../base/errors.ts';
import { formatBytes } from '../../base/quantities.ts';
import { printable } from '../../base/text.ts';
import { formatTarget, formatTargetPort, nameOfForward } from '../../kinds/target.ts';
import type { TargetReference } from '../../rpc/clustersContract.ts';
import type { ForwardSnapshot, ForwardState } from '../../rpc/forwardsContract.ts';
import type { ErrorInfo } from '../../rpc/messages.ts';
import { errorText } from './errorText.ts';
import { formatTime } from './format.ts';
import type { Localizer } from './localizer.ts';
import { joinParts } from './row.ts';

/** The target as kubectl writes it: `pod/web`. */
export function targetText(target: TargetReference): string {
  return printable(formatTarget(target));
}

/** The name of a forward for users: its label, or `pod/web:80`. */
export function forwardName(forward: Pick<ForwardSnapshot, 'specification'>): string {
  return printable(nameOfForward(forward.specification));
}

/** The target with its port: `pod/web:80`. */
export function forwardTarget({ specification }: Pick<ForwardSnapshot, 'specification'>): string {
  return printable(formatTargetPort(specification.target, specification.remotePort));
}

/** The local address as a user types it: `localhost:8080`, `[::1]:8080`. Undefined while no port is bound. */
export function forwardedAddress(forward: ForwardSnapshot): string | undefined {
  if (forward.localPort === undefined) return undefined;
  const { address } = forward.specification;
  return hostAndPort(printable(address), forward.localPort);
}

/** The state in the user's language, with details: `ready`, `reconnecting since 14:03:10`. */
export function stateText(l10n: Localizer, { state }: ForwardSnapshot): string {
  if (state.type === 'starting') {
    const { outage } = state;
    if (outage !== undefined) {
      return l10n.t('not connected since {time}', { time: formatTime(outage.sinceMs) });
    }
    if (state.waiting !== undefined) return l10n.t('waiting');
  }
  if (state.type === 'reconnecting') {
    if (state.tunnel !== undefined) return l10n.t('pod not ready');
    return state.outage === undefined
      ? l10n.t('reconnecting, attempt {attempt}', { attempt: state.attempt })
      : l10n.t('reconnecting since {time}', { time: formatTime(state.outage.sinceMs) });
  }
  return stateName(l10n, state.type);
}

/** The name of a state in the user's language: `ready`, `reconnecting`. */
export function stateName(l10n: Localizer, type: RunningState['type']): string {
  switch (type) {
    case 'starting':
      return l10n.t('starting');
    case 'ready':
      return l10n.t('ready');
    case 'reconnecting':
      return l10n.t('reconnecting');
    case 'stopping':
      return l10n.t('stopping');
    case 'stopped':
      return l10n.t('stopped');
    case 'failed':
      return l10n.t('failed');
  }
}

/**
 * The reason for the current state, in one sentence: why connections through the forward do not reach the pod, or the
 * warning of a forward that is ready. Undefined if there is no reason.
 */
export function reasonText(l10n: Localizer, { state }: ForwardSnapshot): string | undefined {
  if (state.type === 'starting' && state.waiting !== undefined) return errorText(l10n, state.waiting);
  const problem = state.type === 'ready' ? state.warning : 'error' in state ? state.error : undefined;
  return problem && errorText(l10n, problem);
}

/** The fields that the states of forwards and the states of gateways have in common. */
export interface RunningState {
  readonly type: ForwardState['type'];
  readonly error?: ErrorInfo;
}

/** Whether a forward or gateway has failed, is reconnecting, or has an error while it starts. */
export function needsAttention({ state }: { readonly state: RunningState }): boolean {
  if (state.type === 'starting') return state.error !== undefined;
  return state.type === 'reconnecting' || state.type === 'failed';
}

/** Returns the numbers of connections for users: `2 open · 14 total · 1 failed`. */
export function connectionsText(l10n: Localizer, { counts }: Pick<ForwardSnapshot, 'counts'>): string {
  const { open, total, failed } = counts;
  return joinParts([
    l10n.t('{open} open', { open }),
    l10n.t('{total} total', { total }),
    failed === 0 ? undefined : l10n.t('{failed} failed', { failed }),
  ]);
}

/** Returns the bytes sent to the pod and received from the pod: `↑ 1.2 kB ↓ 34 MB`. */
export function trafficText({ counts }: Pick<ForwardSnapshot, 'counts'>): string {
  const { bytesSent, bytesReceived } = counts;
  return `↑ ${formatBytes(bytesSent)} ↓ ${formatBytes(bytesReceived)}`;
}

/** Whether the user has to sign in before a forward or gateway can continue. */
export function needsSignIn({ state }: { readonly state: RunningState }): boolean {
  return state.type === 'reconnecting' && isSignInProblem(state.error?.code);
}

/** Whether a forward or gateway accepts connections, or will do so soon: it is starting, ready or reconnecting. */
export function isUp({ state }: { readonly state: RunningState }): boolean {
  return state.type === 'starting' || state.type === 'ready' || state.type === 'reconnecting';
}

/**
 * What is wrong with a forward although it is ready and connections reach the pod. Undefined if nothing is wrong or the
 * forward is not ready.
 */
export function warningOf({ state }: ForwardSnapshot): ErrorInfo | undefined {
  return state.type === 'ready' ? state.warning : undefined;
}

/**
 * Whether the forward has a local port on which it accepts connections. Unlike {@link isUp}, false until the port is
 * bound.
 */
export function isBound(forward: ForwardSnapshot): boolean {
  return forward.localPort !== undefined && isUp(forward);
}
