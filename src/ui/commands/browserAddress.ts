import * as vscode from 'vscode';
import { contextSlug } from '../../kinds/contextSlug.ts';
import { localhostName } from '../../kinds/localhostName.ts';
import { type ContextReference, type ForwardSnapshot, isSameContext } from '../../rpc/contract.ts';
import type { GatewaySnapshot } from '../../rpc/gatewayContract.ts';
import { schemeOf } from '../present/portProtocol.ts';
import { readSetting } from '../settings.ts';
import type { CommandServices } from './commandServices.ts';

/** Addresses that stand for all interfaces. A browser needs a single one. */
const EVERY_INTERFACE = new Set(['0.0.0.0', '::']);
const LOOPBACK = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::(\d+))?$/;
/** A browser sends a name below `localhost` to these addresses, and to no others. */
const NAMED_ADDRESSES: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '::1', '0.0.0.0', '::']);
/** The longest label of a DNS name (RFC 1035 section 2.3.4). */
const MAX_LABEL = 63;

/** The forward's address on the machine where it listens; undefined while nothing is bound. */
export function localUri(forward: ForwardSnapshot): vscode.Uri | undefined {
  if (forward.localPort === undefined) return undefined;
  const { address } = forward.specification;
  const host = EVERY_INTERFACE.has(address) ? 'localhost' : address.includes(':') ? `[${address}]` : address;
  return vscode.Uri.from({ scheme: schemeOf(forward), authority: `${host}:${forward.localPort}`, path: '/' });
}

/** The page of a gateway that lists its services; undefined while nothing is bound. */
export function gatewayUri({ localPort }: GatewaySnapshot): vscode.Uri | undefined {
  if (localPort === undefined) return undefined;
  return vscode.Uri.from({ scheme: 'http', authority: `localhost:${localPort}`, path: '/' });
}

/** The URL of a forward for the browser, with the host of the setting. Undefined while nothing is bound. */
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
 * The URL of a name below `localhost` at the user's machine: in a remote window, VS Code may forward a different local port to the one here.
 * @returns undefined if VS Code uses another domain, in which names do not work
 */
export async function externalNameUri(uri: vscode.Uri): Promise<vscode.Uri | undefined> {
  const [name = '', port] = uri.authority.split(':');
  const local = uri.with({ authority: `localhost:${port}` });
  const external = await vscode.env.asExternalUri(local);
  const match = LOOPBACK.exec(external.authority);
  const isPlain = external.path === '' || external.path === '/';
  if (match === null || !isPlain) return undefined;
  const [, externalPort] = match;
  return uri.with({ authority: externalPort === undefined ? name : `${name}:${externalPort}` });
}

/** The host name of a target. Undefined if browsers would not find the forward by it. */
function nameOf(services: CommandServices, { specification }: ForwardSnapshot): string | undefined {
  const { target, address } = specification;
  const { kind, name: service, namespace } = target;
  if (kind === 'selector' || !NAMED_ADDRESSES.has(address)) return undefined;
  const slug = slugOf(services, specification);
  const name = localhostName({ namespace, service, ...(slug !== undefined && { slug }) });
  return name.split('.').every((label) => label.length <= MAX_LABEL) ? name : undefined;
}

/** Names contain the context while another context has forwards too. */
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
