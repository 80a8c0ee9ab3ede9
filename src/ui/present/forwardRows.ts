import { printable } from '../../base/text.ts';
import type { RowFlag } from '../../contributions.ts';
import type { ForwardSnapshot } from '../../rpc/contract.ts';
import { errorText } from './errorText.ts';
import {
  connectionsText,
  forwardedAddress,
  forwardName,
  forwardTarget,
  isBound,
  stateText,
  trafficText,
} from './forwardText.ts';
import type { Localizer } from './localizer.ts';
import { ICON_COLORS, joinLines, joinParts, type RowIcon, type RowPresentation } from './row.ts';

/**
 * A forward as a row: its label, or else the Forwarded Address, which a narrow side bar must not cut off; then what is out
 * of the ordinary, the target, and what has passed.
 */
export function presentForward(l10n: Localizer, forward: ForwardSnapshot): RowPresentation {
  const address = forwardedAddress(forward);
  const target = forwardTarget(forward);
  const name = forwardName(forward);
  const label = name === target ? (address ?? target) : name;
  const state = stateText(l10n, forward);
  const isReady = forward.state.type === 'ready';
  const flags: RowFlag[] = ['forward'];
  if (isBound(forward)) flags.push('bound');
  return {
    label,
    description: joinParts([
      label === address ? undefined : address,
      isReady ? undefined : state,
      label === target ? undefined : target,
      isReady && forward.counts.total > 0 ? trafficText(forward) : undefined,
    ]),
    tooltip: joinLines(forwardDetails(l10n, forward)),
    icon: forwardIcon(forward),
    flags,
    accessibleName: [
      name,
      address === undefined ? undefined : l10n.t('forwarded to {addresses}', { addresses: address }),
      state,
      l10n.t('{open} open connections', { open: forward.counts.open }),
    ]
      .filter((part) => part !== undefined)
      .join(', '),
  };
}

/** What there is to know of a forward, a line each. */
export function forwardDetails(
  l10n: Localizer,
  forward: ForwardSnapshot,
): readonly (readonly [title: string, value: string | undefined])[] {
  const { target } = forward.specification;
  const { state, lastConnectionError } = forward;
  return [
    [l10n.t('Forwarded Address'), forwardedAddress(forward)],
    [l10n.t('Target'), forwardTarget(forward)],
    [l10n.t('Namespace'), printable(target.namespace)],
    [l10n.t('Context'), printable(target.context.context)],
    [l10n.t('State'), stateText(l10n, forward)],
    [l10n.t('Reason'), 'error' in state ? errorText(l10n, state.error) : undefined],
    [l10n.t('Pod'), state.type === 'ready' ? printable(state.pod) : undefined],
    [l10n.t('Connections'), connectionsText(l10n, forward)],
    [l10n.t('Traffic'), trafficText(forward)],
    [
      l10n.t('Last Failed Connection'),
      lastConnectionError === undefined ? undefined : errorText(l10n, lastConnectionError),
    ],
  ];
}

/** A detail of a forward as a row beneath it. */
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
  switch (forward.state.type) {
    case 'starting':
    case 'stopping':
      return { id: 'sync~spin' };
    case 'ready':
      return { id: 'plug', color: ICON_COLORS.forwarded };
    case 'reconnecting':
      return { id: 'warning', color: ICON_COLORS.pending };
    case 'failed':
      return { id: 'error', color: ICON_COLORS.bad };
    case 'stopped':
      return { id: 'circle-slash', color: ICON_COLORS.quiet };
  }
}
