import { isSignInProblem } from '../../base/errors.ts';
import { printable } from '../../base/text.ts';
import { namesProblem } from '../../kinds/gateway.ts';
import type { GatewayService, GatewaySnapshot } from '../../rpc/gatewayContract.ts';
import { errorText } from './errorText.ts';
import type { Localizer } from './localizer.ts';

/** The name that users see for a gateway. It consists of the gateway's namespaces: `demo (by name)`. */
export function gatewayName(l10n: Localizer, { specification }: GatewaySnapshot): string {
  return byName(l10n, specification.namespaces);
}

export function byName(l10n: Localizer, namespaces: readonly string[]): string {
  return l10n.t('{namespaces} (by name)', { namespaces: namespacesText(namespaces) });
}

/** Returns names of namespaces as a list for users: `demo, shop`. */
export function namespacesText(namespaces: readonly string[]): string {
  return namespaces.map(printable).join(', ');
}

/** The local address as a user types it: `localhost:8900`. Undefined while no port is bound. */
export function gatewayAddress({ localPort }: GatewaySnapshot): string | undefined {
  return localPort === undefined ? undefined : `localhost:${localPort}`;
}

/**
 * The URL at which a browser reaches a service by its name: `http://web.demo.localhost:8900/`. Undefined if the service
 * has no TCP port. Also undefined if the service has no selector, because the gateway then finds no pods to connect to.
 */
export function nameUrl({ url, hasSelector }: GatewayService): string | undefined {
  return hasSelector ? url : undefined;
}

/** Whether the user has to sign in before the gateway can list the services of its namespaces. */
export function gatewayNeedsSignIn({ state }: GatewaySnapshot): boolean {
  return state.type !== 'failed' && 'error' in state && isSignInProblem(state.error?.code);
}

/** Returns why services of the gateway are missing or out of date. Undefined if there is no such problem. */
export function gatewayReason(l10n: Localizer, gateway: GatewaySnapshot): string | undefined {
  const problem = namesProblem(gateway);
  return problem && errorText(l10n, problem);
}
