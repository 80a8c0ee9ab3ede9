import net from 'node:net';
import { CodedError, systemErrorCode } from '../base/errors.ts';
import { type LocalSystem, thisSystem, windowsTool } from '../base/localSystem.ts';
import type { PortPair } from '../kinds/ports.ts';
import { MAX_PORT } from '../kinds/ports.ts';
import type { ListeningSocket } from './listeningSockets.ts';
import { findPortHolder, mayShadowOthers } from './portHolder.ts';

/** Clients that connect to `localhost` try either address. */
export const LOOPBACK = ['127.0.0.1', '::1'] as const;

const NETSH_LIMIT_MS = 1_000;
const NEIGHBOURS = 100;
const FIRST_UNPRIVILEGED_PORT = 1024;
/** The suggestion for port 80 is 8081 or one of the next ports. */
const OFFSET_OF_SUGGESTION = 8000;

/** Errors of an address that this machine does not have. `EINVAL` stands for a link-local address without its interface. */
const MISSING_ADDRESS: ReadonlySet<string | undefined> = new Set([
  'EADDRNOTAVAIL',
  'EAFNOSUPPORT',
  'EINVAL',
  'ENOTFOUND',
]);

/** Returns an error that names the holder of the port and suggests a free port. Errors of other kinds stay as they are. */
export async function listenError(
  error: Error,
  address: string,
  port: number,
  system: LocalSystem = thisSystem,
): Promise<Error> {
  switch (systemErrorCode(error)) {
    case 'EADDRINUSE':
      return await portInUse(address, port, system, error);
    case 'EACCES':
      return await portRefused(address, port, system, error);
    default:
      return isMissingAddress(error) ? new CodedError('ADDRESS_NOT_AVAILABLE', { address }, error) : error;
  }
}

/**
 * Rejects if a program already has one of the ports although binding would succeed ({@link mayShadowOthers}): clients would
 * then reach one program or the other. Does nothing on systems that do not list listeners.
 * @param addresses `localhost` or IP addresses
 * @throws CodedError `PORT_IN_USE`
 */
export async function assertNotShadowed(
  addresses: readonly string[],
  pairs: readonly PortPair[],
  system: LocalSystem,
): Promise<void> {
  const ports = pairs.map(({ local }) => local).filter((port) => port !== 0);
  if (ports.length === 0 || !mayShadowOthers(system)) return;
  const { findSocketAt } = await import('./listeningSockets.ts');
  const sockets = await listedSockets(system);
  for (const address of addresses.flatMap((name) => (name === 'localhost' ? LOOPBACK : name))) {
    const port = ports.find((candidate) => findSocketAt(sockets, address, candidate) !== undefined);
    if (port !== undefined) throw await portInUse(address, port, system, undefined, sockets);
  }
}

async function portInUse(
  address: string,
  port: number,
  system: LocalSystem,
  cause?: Error,
  listed?: readonly ListeningSocket[],
): Promise<CodedError> {
  // Listed once for both uses, because a listing takes most of a second on Windows and macOS.
  const sockets = listed ?? (await listedSockets(system));
  const holder = (await findPortHolder(address, port, system, sockets)) ?? 'another program';
  const suggestion = await findFreePort(port, sockets);
  return new CodedError('PORT_IN_USE', { port, address, holder, suggestion }, cause);
}

/**
 * Explains a refused port on Windows, which reserves ranges of ports and lets a program bind a port exclusively, but has no
 * ports for administrators only.
 */
async function portRefused(
  address: string,
  port: number,
  system: LocalSystem,
  cause: Error,
): Promise<CodedError> {
  if (system.platform !== 'win32') {
    const sockets = await listedSockets(system);
    const suggestion = await findFreePort(port + OFFSET_OF_SUGGESTION, sockets);
    return new CodedError('PORT_NOT_PERMITTED', { port, address, suggestion }, cause);
  }
  const range = await findReservedRange(port, system);
  if (range === undefined) return await portInUse(address, port, system, cause);
  const lastReserved = Number(range.split('-')[1]);
  const suggestion = await findFreePort(lastReserved, await listedSockets(system));
  return new CodedError('PORT_RESERVED', { port, address, range, suggestion }, cause);
}

function isMissingAddress(error: Error): boolean {
  return MISSING_ADDRESS.has(systemErrorCode(error));
}

/** Returns a local port that is free on both loopbacks: one of the next after `near`, or any. */
async function findFreePort(near: number, sockets: readonly ListeningSocket[]): Promise<number> {
  for (let port = near + 1; port <= Math.min(near + NEIGHBOURS, MAX_PORT); port++) {
    if (port < FIRST_UNPRIVILEGED_PORT || sockets.some((socket) => socket.port === port)) continue;
    if (await isFree(port)) return port;
  }
  const any = await tryPort('127.0.0.1', 0);
  return typeof any === 'number' ? any : 0;
}

/** Returns all listening sockets if a bind beside them would succeed ({@link mayShadowOthers}). Empty on other systems. */
async function listedSockets(system: LocalSystem): Promise<readonly ListeningSocket[]> {
  if (!mayShadowOthers(system)) return [];
  const { listListeningSockets } = await import('./listeningSockets.ts');
  return (await listListeningSockets(system)) ?? [];
}

async function isFree(port: number): Promise<boolean> {
  for (const address of LOOPBACK) {
    const result = await tryPort(address, port);
    if (typeof result !== 'number' && !isMissingAddress(result)) return false;
  }
  return true;
}

/** Binds and releases a port. Returns the port, or the error. */
function tryPort(host: string, port: number): Promise<number | Error> {
  return new Promise((resolve) => {
    // A client may connect at this very moment, and would keep the server from closing.
    const server = net.createServer((socket) => socket.destroy());
    server.once('error', resolve);
    server.listen({ host, port, ipv6Only: true, exclusive: true }, () => {
      const info = server.address();
      server.close(() => resolve(info !== null && typeof info === 'object' ? info.port : port));
    });
  });
}

/**
 * Returns the range that contains `port` and that Windows reserves for Hyper-V, WSL or Docker, as `3000-3099`. Undefined
 * without such a range, and on other systems.
 */
export async function findReservedRange(port: number, system: LocalSystem): Promise<string | undefined> {
  if (system.platform !== 'win32') return undefined;
  const netsh = windowsTool('netsh.exe', system);
  for (const family of ['ipv4', 'ipv6']) {
    const args = ['interface', family, 'show', 'excludedportrange', 'protocol=tcp'];
    const output = await system.run(netsh, args, NETSH_LIMIT_MS).catch(() => '');
    // Windows translates the headings. Rows are two numbers, with a star for a range that a person has set.
    for (const [, first, last] of output.matchAll(/^\s*(\d+)\s+(\d+)\s*\*?\s*$/gm)) {
      if (Number(first) <= port && port <= Number(last)) return `${first}-${last}`;
    }
  }
  return undefined;
}
