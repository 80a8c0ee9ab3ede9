import { defined } from '../../base/defined.ts';
import { printable } from '../../base/text.ts';
import type { RowFlag } from '../../contributions.ts';
import { looksLikeHttp } from '../../kinds/portProtocol.ts';
import type { ForwardSnapshot, Outage } from '../../rpc/forwardsContract.ts';
import { errorText } from './errorText.ts';
import { formatTime } from './format.ts';
import {
  connectionsText,
  forwardedAddress,
  forwardName,
  forwardTarget,
  isUp,
  needsSignIn,
  type RunningState,
  reasonText,
  stateText,
  trafficText,
  warningOf,
} from './forwardText.ts';
import { knownPort } from './knownPort.ts';
import type { Localizer } from './localizer.ts';
import { requestLogFlags, requestLogText } from './requestLogText.ts';
import { ICON_COLORS, joinLines, joinNames, joinParts, type RowIcon, type RowPresentation } from './row.ts';

/**
 * The namespace and the context that a row shows after the target, to distinguish forwards with the same name. The
 * namespace is set only if these forwards have different namespaces, and the context only if they have different
 * contexts.
 */
export interface RowLocation {
  readonly namespace?: string;
  readonly context?: string;
}

/**
 * The row of a forward. The row begins with the label that the user set. Without such a label, it begins with the
 * forwarded address, because a narrow side bar shows only the beginning of a row. The description shows an unusual
 * state with its reason, the target, and the traffic.
 */
export function presentForward(
  l10n: Localizer,
  forward: ForwardSnapshot,
  location: RowLocation = {},
): RowPresentation {
  const address = forwardedAddress(forward);
  const target = forwardTarget(forward);
  const name = forwardName(forward);
  const label = name === target ? (address ?? target) : name;
  return presentState(l10n, forward, {
    ...{ type: 'forward', label, names: [name, location.namespace, location.context] },
    address,
    facts: [label === target ? undefined : target, location.namespace, location.context],
    state: stateText(l10n, forward),
    reason: reasonText(l10n, forward),
    tooltip: joinLines(forwardDetails(l10n, forward)),
    icon: forwardIcon(forward),
    isHttp: looksLikeHttp(knownPort(forward)),
    mustSignIn: needsSignIn(forward),
  });
}

/** What {@link presentState} needs to create the row of a forward or gateway. */
interface StateRow extends Pick<RowPresentation, 'label' | 'tooltip' | 'icon'> {
  readonly type: 'forward' | 'gateway';
  /** The names that screen readers read before the address. */
  readonly names: readonly (string | undefined)[];
  readonly address: string | undefined;
  readonly state: string;
  readonly reason: string | undefined;
  /** Further texts of the description, after the state and the reason. */
  readonly facts: readonly (string | undefined)[];
  readonly isHttp: boolean;
  readonly mustSignIn: boolean;
}

/**
 * The row of a forward or gateway. In the state `ready`, the description shows the traffic, and a warning if there is
 * one. In any other state, the description shows the state and the reason for this state.
 */
export function presentState(
  l10n: Localizer,
  running: Pick<ForwardSnapshot, 'counts' | 'requestLog'> & { readonly state: RunningState },
  row: StateRow,
): RowPresentation {
  const { label, tooltip, icon, address, state, reason } = row;
  const { counts, requestLog = 'off' } = running;
  const isReady = running.state.type === 'ready';
  const unusual = reason === undefined ? state : l10n.t('{state}: {reason}', { state, reason });
  const isBound = address !== undefined && isUp(running);
  const flags: RowFlag[] = [running.state.type === 'failed' ? 'failed' : 'running', row.type];
  if (isBound) flags.push('bound');
  if (isBound && row.isHttp) flags.push('http');
  if (row.mustSignIn) flags.push('signIn');
  if (isUp(running)) flags.push(...requestLogFlags(requestLog));
  return {
    ...{ label, flags, ...defined({ tooltip, icon }) },
    description: joinParts([
      address === label ? undefined : address,
      isReady ? reason : unusual,
      ...row.facts,
      isReady && counts.total > 0 ? trafficText(running) : undefined,
      requestLogText(l10n, requestLog),
    ]),
    accessibleName: joinNames([
      ...row.names,
      address && l10n.t('forwarded to {addresses}', { addresses: address }),
      state,
      reason,
      l10n.t('open connections: {open}', { open: counts.open }),
      requestLogText(l10n, requestLog),
    ]),
  };
}

type Detail = readonly [title: string, value: string | undefined];

/** All details of a forward: the lines of its tooltip. */
export function forwardDetails(l10n: Localizer, forward: ForwardSnapshot): readonly Detail[] {
  return [
    [l10n.t('Forwarded Address'), forwardedAddress(forward)],
    [l10n.t('Target'), forwardTarget(forward)],
    [l10n.t('State'), stateText(l10n, forward)],
    [l10n.t('Reason'), reasonText(l10n, forward)],
    ...otherDetails(l10n, forward),
    [l10n.t('Traffic'), trafficText(forward)],
  ];
}

/** The child rows of a forward. They show the details that are not in the row of the forward itself. */
export function forwardChildren(l10n: Localizer, forward: ForwardSnapshot): readonly Detail[] {
  const isReady = forward.state.type === 'ready';
  return [
    ...(isReady ? ([[l10n.t('State'), stateText(l10n, forward)]] as const) : []),
    ...otherDetails(l10n, forward),
  ];
}

function otherDetails(l10n: Localizer, forward: ForwardSnapshot): readonly Detail[] {
  const { target } = forward.specification;
  const { state, lastConnectionError } = forward;
  const pod = state.type === 'ready' ? state.pod : 'tunnel' in state ? state.tunnel?.pod : undefined;
  return [
    [l10n.t('Namespace'), printable(target.namespace)],
    [l10n.t('Context'), printable(target.context.context)],
    ...outageDetails(l10n, 'outage' in state ? state.outage : undefined),
    [l10n.t('Attempt'), state.type === 'reconnecting' ? String(state.attempt) : undefined],
    [l10n.t('Pod'), pod === undefined ? undefined : printable(pod)],
    [l10n.t('Connections'), connectionsText(l10n, forward)],
    [
      l10n.t('Last Connection Error'),
      lastConnectionError === undefined ? undefined : errorText(l10n, lastConnectionError),
    ],
  ];
}

function outageDetails(l10n: Localizer, outage: Outage | undefined): readonly Detail[] {
  if (outage === undefined) return [];
  return [
    [l10n.t('Disconnected Since'), formatTime(outage.sinceMs)],
    [l10n.t('Last Attempt'), formatTime(outage.lastTryMs)],
  ];
}

/** A detail of a forward as a child row. */
export function presentDetail(title: string, value: string): RowPresentation {
  return {
    label: title,
    description: value,
    tooltip: value,
    flags: ['detail'],
    accessibleName: `${title}: ${value}`,
  };
}

export function forwardIcon(forward: ForwardSnapshot): RowIcon {
  return stateIcon(forward.state, warningOf(forward) !== undefined);
}

/**
 * The icon for a state.
 * @param hasWarning whether to show a warning icon for a forward or gateway that is ready, but has a problem. Has no
 *   effect on the icons of other states
 */
export function stateIcon(state: RunningState, hasWarning: boolean): RowIcon {
  switch (state.type) {
    case 'starting':
      if (state.error !== undefined) return { id: 'warning', color: ICON_COLORS.pending };
      return { id: 'sync~spin' };
    case 'stopping':
      return { id: 'sync~spin' };
    case 'ready':
      return hasWarning
        ? { id: 'warning', color: ICON_COLORS.pending }
        : { id: 'plug', color: ICON_COLORS.forwarded };
    case 'reconnecting':
      return { id: 'warning', color: ICON_COLORS.pending };
    case 'failed':
      return { id: 'error', color: ICON_COLORS.bad };
    case 'stopped':
      return { id: 'circle-slash', color: ICON_COLORS.quiet };
  }
}
