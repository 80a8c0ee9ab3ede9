import { serviceName } from '../../kinds/localhostName.ts';
import type { GatewaySnapshot } from '../../rpc/gatewayContract.ts';
import { type ForwardFilter, isMeant } from '../forwardChoice.ts';
import { reasonOf } from '../forwardTable.ts';
import { countFields } from '../listedForward.ts';

/** Returns true if a gateway matches the filter. */
export function isProxyFitting({ specification }: GatewaySnapshot, filter: ForwardFilter): boolean {
  return isMeant(specification.context, specification.namespaces, filter);
}

/** Returns true if the name is the gateway's local port, or `namespace/NAME` of one of its namespaces. */
export function isProxyNamed({ specification, localPort }: GatewaySnapshot, name: string): boolean {
  if (localPort !== undefined && name === String(localPort)) return true;
  return specification.namespaces.some(
    (namespace) => name === `namespace/${namespace}` || name === `ns/${namespace}`,
  );
}

/** Returns the name if the gateway has a service of this name (`web.demo`); otherwise undefined. */
export function serviceNamed({ services }: GatewaySnapshot, name: string): string | undefined {
  return services.map(serviceName).find((each) => each === name);
}

/**
 * Returns the gateways that match the filter and have one of the names. Without names, returns all gateways that match
 * the filter.
 */
export function chooseProxies(
  proxies: readonly GatewaySnapshot[],
  names: readonly string[],
  filter: ForwardFilter,
): readonly GatewaySnapshot[] {
  const fitting = proxies.filter((proxy) => isProxyFitting(proxy, filter));
  if (names.length === 0) return fitting;
  return fitting.filter((proxy) => names.some((name) => isProxyNamed(proxy, name)));
}

/** Returns a gateway as a flat object for `list -o json`. Documented in docs/names.md. */
export function toListedProxy(proxy: GatewaySnapshot): object {
  const { id, specification, state, localAddress, localPort, url, proxyUrl, socksUrl, counts } = proxy;
  const { context, namespaces } = specification;
  const reason = reasonOf(state);
  return {
    id,
    type: 'proxy',
    namespaces,
    context: context.context,
    kubeconfig: context.kubeconfig,
    state: state.type,
    ...(reason !== '' && { reason }),
    ...{ localAddress, localPort, url, proxyUrl, socksUrl },
    ...countFields(counts),
  };
}
