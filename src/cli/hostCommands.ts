import type { Writable } from 'node:stream';
import { defined } from '../base/defined.ts';
import { isCoded } from '../base/errors.ts';
import { printable } from '../base/text.ts';
import { formatTargetPort } from '../kinds/target.ts';
import { type ForwardSnapshot, listForwards, stopForward } from '../rpc/forwardsContract.ts';
import { listGateways, stopGateway } from '../rpc/gatewayContract.ts';
import type { HolderKind, HolderSnapshot } from '../rpc/holdersContract.ts';
import type { RequestType, RequestType0 } from '../rpc/messages.ts';
import type { OutputFormat } from './commands.ts';
import { checkPorts, chooseForwards, type ForwardFilter, fits } from './forwardChoice.ts';
import { formatForwards } from './forwardTable.ts';
import { findHost, type HostLink, type HostServices } from './hostLink.ts';
import { jsonLine } from './jsonLine.ts';
import { toListed } from './listedForward.ts';
import { chooseProxies, isProxyFitting, isProxyNamed, toListedProxy } from './proxy/listedProxy.ts';

/** What `list` and `stop` need to connect to the host and to print their output. */
export interface ListServices extends HostServices {
  readonly out: Writable;
}

/** Prints the forwards and gateways of the host that match the filter, whether windows or terminals started them. */
export async function list(
  { output, filter }: { readonly output: OutputFormat; readonly filter: ForwardFilter },
  { out, ...services }: ListServices,
): Promise<void> {
  using host = await findHost(services);
  const forwards = (await listOf(host, listForwards)).filter((forward) => fits(forward, filter));
  const proxies = (await listOf(host, listGateways)).filter((proxy) => isProxyFitting(proxy, filter));
  const isEmpty = forwards.length === 0 && proxies.length === 0;
  if (output === 'json') {
    for (const forward of forwards) out.write(`${jsonLine(toListed(forward))}\n`);
    for (const proxy of proxies) out.write(`${jsonLine(toListedProxy(proxy))}\n`);
  } else {
    out.write(isEmpty ? 'No forwards found.\n' : formatForwards(forwards, proxies));
    const note = host?.updateNote;
    if (!isEmpty && note !== undefined) out.write(`${note}\n`);
  }
}

/**
 * Stops the forwards and gateways of the host that match the filter and have one of the names. Without names, stops all
 * forwards and gateways that match the filter. If the filter or a name contains a namespace, a gateway keeps its other
 * namespaces.
 * @throws CodedError `FORWARD_UNKNOWN`, `FORWARD_AMBIGUOUS`; in both cases nothing was stopped
 */
export async function stop(
  { names, filter }: { readonly names: readonly string[]; readonly filter: ForwardFilter },
  { out, ...services }: ListServices,
): Promise<void> {
  using host = await findHost(services);
  const forwards = (await listOf(host, listForwards)).filter((forward) => fits(forward, filter));
  const gateways = (await listOf(host, listGateways)).filter((gateway) => isProxyFitting(gateway, filter));
  checkPorts([...forwards, ...gateways], names);
  const proxies = chooseProxies(gateways, names, filter.namespace);
  const others = names.filter((name) => !proxies.some(({ proxy }) => isProxyNamed(proxy, name)));
  const isForwardMeant = names.length === 0 || others.length > 0;
  const chosen = isForwardMeant ? chooseForwards(forwards, others) : [];
  if (host !== undefined) {
    await Promise.all(chosen.map(({ id }) => stopInHost(host, stopForward, { id })));
    const requests = proxies.map(({ proxy: { id }, namespaces }) => ({ id, ...defined({ namespaces }) }));
    await Promise.all(requests.map((request) => stopInHost(host, stopGateway, request)));
  }
  const count = chosen.length + proxies.length;
  out.write(`Stopped ${count} ${count === 1 ? 'forward' : 'forwards'}.\n`);
  const writeUsers = (name: string, holders: readonly HolderSnapshot[]) => {
    const users = otherUsers(holders);
    if (users.length > 0) out.write(`${name} was also used by ${users.join(', ')}.\n`);
  };
  for (const forward of chosen) writeUsers(targetName(forward), forward.holders);
  for (const { proxy, namespaces = proxy.specification.namespaces } of proxies)
    for (const namespace of namespaces) {
      const holders = proxy.holders.filter((holder) => holder.namespaces.includes(namespace));
      writeUsers(`namespace/${printable(namespace)}`, holders);
    }
}

const USERS: Readonly<Partial<Record<HolderKind, string>>> = {
  window: 'a VS Code window',
  task: 'a VS Code task',
  extension: 'a VS Code extension',
  tool: 'a chat agent',
};

/**
 * Returns texts that name the holders (users) of a stopped forward or namespace, each text once: `a VS Code task`,
 * `task build in window shop`. Omits terminals, and omits holders whose client has disconnected.
 */
function otherUsers(holders: readonly HolderSnapshot[]): readonly string[] {
  const users = holders.flatMap(({ kind, name, window, hasLeft }) => {
    const user = USERS[kind];
    if (user === undefined || hasLeft === true) return [];
    if (kind === 'window') return [window === undefined ? user : `window ${window}`];
    const named = name === undefined ? user : `task ${name}`;
    return [window === undefined ? named : `${named} in window ${window}`];
  });
  return [...new Set(users)].map(printable);
}

function targetName({ specification: { target, remotePort } }: ForwardSnapshot): string {
  return printable(formatTargetPort(target, remotePort));
}

/** Stops a forward or gateway. Does nothing if it was stopped already. */
async function stopInHost<P>(host: HostLink, request: RequestType<P, void>, parameters: P): Promise<void> {
  try {
    await host.requestPromptly(request, parameters);
  } catch (error) {
    if (!isCoded(error, 'FORWARD_NOT_FOUND')) throw error;
  }
}

/** Returns a list from the host; an empty list if no host runs. */
async function listOf<R>(
  host: HostLink | undefined,
  request: RequestType0<readonly R[]>,
): Promise<readonly R[]> {
  return host === undefined ? [] : await host.requestPromptly(request);
}
