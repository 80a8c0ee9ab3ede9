import type { ForwardSnapshot } from '../../rpc/contract.ts';
import type { GatewaySnapshot } from '../../rpc/gatewayContract.ts';
import { forwardName } from '../present/forwardText.ts';
import { gatewayName } from '../present/gatewayText.ts';
import type { Localizer } from '../present/localizer.ts';

/** Something with a local port: a forward, or namespaces that are open by name. */
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

export function runningName(l10n: Localizer, running: Running): string {
  return running.type === 'forward' ? forwardName(running.forward) : gatewayName(l10n, running.gateway);
}
