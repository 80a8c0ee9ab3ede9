import * as vscode from 'vscode';
import { hostAndPort, isLoopbackAuthority } from '../../base/address.ts';
import { defined } from '../../base/defined.ts';
import { contextSlug } from '../../kinds/contextSlug.ts';
import { localhostName, MAX_LABEL } from '../../kinds/localhostName.ts';
import { schemeOf } from '../../kinds/portProtocol.ts';
import { type ContextReference, isSameContext } from '../../rpc/clustersContract.ts';
import type { ForwardSnapshot } from '../../rpc/forwardsContract.ts';
import type { GatewaySnapshot } from '../../rpc/gatewayContract.ts';
import { knownPort } from '../present/knownPort.ts';
import { readSetting } from '../settings.ts';
import type { CommandServices } from './commandServices.ts';

/**
 * Addresses on which a forward listens on all network interfaces. A browser cannot connect to such an address, so URLs
 * contain `localhost` instead.
 */
const EVERY_INTERFACE = new Set(['0.0.0.0', '::']);
/**
 * The listening addresses of forwards that a browser can reach by a name such as `web.demo.localhost`. Browsers resolve
 * such a name to the loopback interface, and a forward with one of these addresses listens on this interface.
 */
const NAMED_ADDRESSES: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '::1', '0.0.0.0', '::']);

/** The URL of a forward on the machine where the forward listens. Undefined while no port is bound. */
export function localUri(forward: ForwardSnapshot): vscode.Uri | undefined {
  if (forward.localPort === undefined) return undefined;
  const { address } = forward.specification;
  const host = EVERY_INTERFACE.has(address) ? 'localhost' : address;
  const authority = hostAndPort(host, forward.localPort);
  return vscode.Uri.from({ scheme: schemeOf(knownPort(forward)), authority, path: '/' });
}

/** The URL of the page that lists the services of a gateway. Undefined while no port is bound. */
export function gatewayUri({ localPort }: GatewaySnapshot): vscode.Uri | undefined {
  if (localPort === undefined) return undefined;
  return vscode.Uri.from({ scheme: 'http', authority: `localhost:${localPort}`, path: '/' });
}

/**
 * Returns the URL that Open in Browser opens for a forward. If the setting `openInBrowserHost` is `name` and a browser
 * can reach the forward by a name, the URL contains this name, such as `web.demo.localhost`. Otherwise returns
 * {@link localUri}. Undefined while no port is bound.
 */
export async function browserUri(
  services: CommandServices,
  forward: ForwardSnapshot,
): Promise<vscode.Uri | undefined> {
  const local = localUri(forward);
  const name = readSetting('openInBrowserHost') === 'name' ? nameOf(services, forward) : undefined;
  if (local === undefined || name === undefined) return local;
  return (await externalNameUri(local.with({ authority: `${name}:${forward.localPort}` }))) ?? local;
}

/**
 * Converts a URL such as `http://web.demo.localhost:8900/` for the browser on the user's machine. In a remote window,
 * VS Code forwards the port to the user's machine, and the port there may be a different one. The result contains the
 * port on the user's machine.
 * @returns undefined if VS Code replaces `localhost` by another domain: on that domain, names such as
 *   `web.demo.localhost` do not work
 */
export async function externalNameUri(uri: vscode.Uri): Promise<vscode.Uri | undefined> {
  const [name = '', port] = uri.authority.split(':');
  const local = uri.with({ authority: `localhost:${port}` });
  const external = await vscode.env.asExternalUri(local);
  const isPlain = external.path === '' || external.path === '/';
  if (!isLoopbackAuthority(external.authority) || !isPlain) return undefined;
  const [externalPort = ''] = /:\d+$/.exec(external.authority) ?? [];
  return uri.with({ authority: `${name}${externalPort}` });
}

/**
 * Returns a name by which a browser reaches the forward, such as `web.demo.localhost`. Undefined if the target is a
 * label selector, or if the forward does not listen on the loopback interface. Also undefined if a part of the name
 * between two dots is too long for DNS.
 */
function nameOf(services: CommandServices, { specification }: ForwardSnapshot): string | undefined {
  const { target, address } = specification;
  const { kind, name: service, namespace } = target;
  if (kind === 'selector' || !NAMED_ADDRESSES.has(address)) return undefined;
  const slug = slugOf(services, specification);
  const name = localhostName({ namespace, service, ...defined({ slug }) });
  return name.split('.').every((label) => label.length <= MAX_LABEL) ? name : undefined;
}

/**
 * Returns the DNS label for the context of a forward: `my-context` in `web.demo.my-context.localhost`. If no other
 * context has forwards or gateways, returns undefined, because the shorter name `web.demo.localhost` can then mean only
 * one service.
 */
function slugOf(
  { forwards, gateways }: CommandServices,
  { target }: ForwardSnapshot['specification'],
): string | undefined {
  const { kubeconfig, context } = target.context;
  const isOwn = (other: ContextReference) => isSameContext(other, target.context);
  const contexts = [
    ...forwards.all.map(({ specification }) => specification.target.context),
    ...gateways.all.map(({ specification }) => specification.context),
  ];
  if (contexts.every(isOwn)) return undefined;
  const gateway = gateways.all.find(({ specification }) => isOwn(specification.context));
  const others = contexts.filter((other) => !isOwn(other));
  const taken = new Set(others.map((other) => contextSlug(other.context, '', new Set())));
  return gateway?.slug ?? contextSlug(context, `${kubeconfig}\n${context}`, taken);
}
