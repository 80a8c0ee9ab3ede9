import { namesProblem } from '../../kinds/gateway.ts';
import type { ForwardSnapshot } from '../../rpc/forwardsContract.ts';
import type { GatewaySnapshot } from '../../rpc/gatewayContract.ts';
import { forwardIcon, stateIcon } from './forwardRows.ts';
import { forwardedAddress, forwardName, reasonText, stateName, stateText } from './forwardText.ts';
import { gatewayAddress, gatewayName, gatewayReason } from './gatewayText.ts';
import type { Localizer } from './localizer.ts';
import type { RowIcon } from './row.ts';

/** A forward or a gateway: everything that has a local port. */
export type Running =
  | { readonly type: 'forward'; readonly forward: ForwardSnapshot }
  | { readonly type: 'gateway'; readonly gateway: GatewaySnapshot };

export function toRunning(
  forwards: readonly ForwardSnapshot[],
  gateways: readonly GatewaySnapshot[],
): readonly Running[] {
  return [
    ...forwards.map((forward) => ({ type: 'forward', forward }) as const),
    ...gateways.map((gateway) => ({ type: 'gateway', gateway }) as const),
  ];
}

export function snapshotOf(running: Running): ForwardSnapshot | GatewaySnapshot {
  return running.type === 'forward' ? running.forward : running.gateway;
}

/** Returns whether the forward or gateway has failed. A failed one stays in the list, but does not count as running. */
export function hasFailed(running: Running): boolean {
  return snapshotOf(running).state.type === 'failed';
}

/** Returns the id of the row of a forward or gateway, which commands also accept as an argument. */
export function runningId(running: Running): string {
  return snapshotOf(running).id;
}

export function runningName(l10n: Localizer, running: Running): string {
  return running.type === 'forward' ? forwardName(running.forward) : gatewayName(l10n, running.gateway);
}

/** The local address: `localhost:8080`. Undefined while no port is bound. */
export function runningAddress(running: Running): string | undefined {
  return running.type === 'forward' ? forwardedAddress(running.forward) : gatewayAddress(running.gateway);
}

/** Returns the state in the user's language. Undefined if the state is ready. */
export function unusualState(l10n: Localizer, running: Running): string | undefined {
  if (snapshotOf(running).state.type === 'ready') return undefined;
  return running.type === 'forward'
    ? stateText(l10n, running.forward)
    : stateName(l10n, running.gateway.state.type);
}

/**
 * Returns why connections through a forward or gateway do not reach the pods, or what is wrong although they do.
 * Undefined if nothing is wrong.
 */
export function runningReason(l10n: Localizer, running: Running): string | undefined {
  return running.type === 'forward'
    ? reasonText(l10n, running.forward)
    : gatewayReason(l10n, running.gateway);
}

export function runningIcon(running: Running): RowIcon {
  return running.type === 'forward'
    ? forwardIcon(running.forward)
    : stateIcon(running.gateway.state, namesProblem(running.gateway) !== undefined);
}
