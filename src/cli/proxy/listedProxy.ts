import { serviceName } from '../../kinds/localhostName.ts';
import type { GatewaySnapshot } from '../../rpc/gatewayContract.ts';
import {
  assertOneLocation,
  describeLocation,
  type ForwardFilter,
  isBoundTo,
  isMeant,
} from '../forwardChoice.ts';
import { reasonOf } from '../forwardTable.ts';
import { countFields } from '../listedForward.ts';

/** Returns true if a gateway matches the filter. */
export function isProxyFitting({ specification }: GatewaySnapshot, filter: ForwardFilter): boolean {
  return isMeant(specification.context, specification.namespaces, filter);
}

/** Returns true if the name is the gateway's local port or address, or `namespace/NAME` of one of its namespaces. */
export function isProxyNamed(proxy: GatewaySnapshot, name: string): boolean {
  return isBoundTo(proxy, name) || namespaceNamed(proxy, name) !== undefined;
}

function namespaceNamed({ specification }: GatewaySnapshot, name: string): string | undefined {
  return specification.namespaces.find((each) => name === `namespace/${each}` || name === `ns/${each}`);
}

/** Returns the name if the gateway has a service of this name (`web.demo`); otherwise undefined. */
export function serviceNamed({ services }: GatewaySnapshot, name: string): string | undefined {
  return services.map(serviceName).find((each) => each === name);
}

/** A gateway that the command `stop` stops completely, or in which it closes some namespaces. */
export interface ChosenProxy {
  readonly proxy: GatewaySnapshot;
  /** The namespaces to close. Undefined to close all, including those that are opened meanwhile. */
  readonly namespaces: readonly string[] | undefined;
}

/**
 * Returns the gateways that have one of the names, and the namespaces to close in each of them. Without names, returns
 * all gateways. With `namespace`, closes only this namespace. A name can also name a namespace (`namespace/demo`), and
 * then only this namespace is closed.
 * @throws CodedError `FORWARD_AMBIGUOUS` if a name exists in several contexts
 */
export function chooseProxies(
  proxies: readonly GatewaySnapshot[],
  names: readonly string[],
  namespace?: string,
): readonly ChosenProxy[] {
  for (const name of names) assertOnePlace(proxies, name);
  return proxies.flatMap((proxy) => {
    if (names.length === 0 || names.some((name) => isBoundTo(proxy, name))) {
      return [{ proxy, namespaces: namespace === undefined ? undefined : [namespace] }];
    }
    const named = names.map((name) => namespaceNamed(proxy, name)).filter((each) => each !== undefined);
    const namespaces = [...new Set(named)].filter((each) => namespace === undefined || each === namespace);
    return namespaces.length === 0 ? [] : [{ proxy, namespaces }];
  });
}

function assertOnePlace(proxies: readonly GatewaySnapshot[], name: string): void {
  const places = proxies.flatMap((proxy) => {
    const namespace = namespaceNamed(proxy, name);
    return namespace === undefined ? [] : [describeLocation(proxy.specification.context, namespace)];
  });
  assertOneLocation(name, places);
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
