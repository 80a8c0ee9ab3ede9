import { resolve } from 'node:path';
import { hostAndPort } from '../base/address.ts';
import { CodedError, isCoded } from '../base/errors.ts';
import { parseTarget, type Target } from '../kinds/target.ts';
import type { ContextReference } from '../rpc/clustersContract.ts';
import type { BoundSnapshot, ForwardSnapshot } from '../rpc/forwardsContract.ts';

/** The conditions that a forward or gateway of the host must meet. A missing field means that any value matches. */
export interface ForwardFilter {
  readonly namespace?: string;
  readonly context?: string;
  /** The path of the kubeconfig with which a forward was started, as given on the command line. */
  readonly kubeconfigPath?: string;
}

/** Returns true if a forward matches the filter. */
export function fits({ specification: { target } }: ForwardSnapshot, filter: ForwardFilter): boolean {
  return isMeant(target.context, [target.namespace], filter);
}

/** Returns true if the filter matches a forward or gateway with this context and these namespaces. */
export function isMeant(
  context: ContextReference,
  namespaces: readonly string[],
  filter: ForwardFilter,
): boolean {
  const { kubeconfigPath } = filter;
  return (
    (filter.namespace === undefined || namespaces.includes(filter.namespace)) &&
    (filter.context === undefined || filter.context === context.context) &&
    (kubeconfigPath === undefined || resolve(kubeconfigPath) === context.kubeconfig)
  );
}

/**
 * Returns true if the name is the local port, or a local address as `list` shows it: `127.0.0.1:8080`, `[::1]:8080`.
 */
export function isBoundTo(
  { localAddress, localPort, localAddresses = [] }: BoundSnapshot,
  name: string,
): boolean {
  if (localPort === undefined) return false;
  const addresses = localAddresses.map((each) => hostAndPort(each.address, each.localPort));
  return [String(localPort), localAddress, ...addresses].includes(name);
}

/**
 * Checks that no name is a local port of several forwards or gateways. They can have the same port on different local
 * addresses, and the port alone would not say which of them the user means.
 * @throws CodedError `FORWARD_AMBIGUOUS`
 */
export function checkPorts(items: readonly BoundSnapshot[], names: readonly string[]): void {
  for (const name of names) {
    const same = items.filter(({ localPort }) => name === String(localPort));
    const places = `at ${same.map(({ localAddress }) => localAddress).join(' and ')}`;
    if (same.length > 1) throw new CodedError('FORWARD_AMBIGUOUS', { name, places });
  }
}

/**
 * Returns true if the name is the label, the local port, a local address or the target of the forward. The target may
 * be in any spelling (`svc/web` or `service/web`), and may end with its port (`svc/web:80`).
 */
export function isNamed(forward: ForwardSnapshot, name: string): boolean {
  const { specification, remotePort } = forward;
  if (name === specification.label || isBoundTo(forward, name)) return true;
  const [text = '', port, ...more] = name.split(':');
  const target = targetOf(text);
  const { kind, name: own } = specification.target;
  if (target?.kind !== kind || target.name !== own || more.length > 0) return false;
  return port === undefined || port === String(specification.remotePort) || port === String(remotePort);
}

/**
 * Returns the forwards that have one of the names, each once. Without names, returns all forwards.
 * @throws CodedError `FORWARD_UNKNOWN`; `FORWARD_AMBIGUOUS` if a name exists in several namespaces or contexts
 */
export function chooseForwards(
  forwards: readonly ForwardSnapshot[],
  names: readonly string[],
): readonly ForwardSnapshot[] {
  if (names.length === 0) return forwards;
  return [...new Set(names.flatMap((name) => choose(forwards, name)))];
}

function choose(forwards: readonly ForwardSnapshot[], name: string): readonly ForwardSnapshot[] {
  const named = forwards.filter((forward) => isNamed(forward, name));
  if (named.length === 0) throw new CodedError('FORWARD_UNKNOWN', { name });
  assertOneLocation(
    name,
    named.map(({ specification: { target } }) => describeLocation(target.context, target.namespace)),
  );
  return named;
}

/**
 * Checks that all forwards or gateways with a name are in the same namespace and context.
 * @param places their namespaces and contexts, as {@link describeLocation} returns them
 * @throws CodedError `FORWARD_AMBIGUOUS`
 */
export function assertOneLocation(name: string, places: readonly string[]): void {
  const locations = new Set(places);
  if (locations.size > 1) {
    throw new CodedError('FORWARD_AMBIGUOUS', { name, places: `in ${[...locations].join(' and ')}` });
  }
}

export function describeLocation(context: ContextReference, namespace: string): string {
  const file = context.kubeconfig === '' ? '' : ` (${context.kubeconfig})`;
  return `namespace "${namespace}" of context "${context.context}"${file}`;
}

function targetOf(text: string): Target | undefined {
  try {
    return parseTarget(text);
  } catch (error) {
    if (isCoded(error, 'INVALID_TARGET')) return undefined;
    throw error;
  }
}
