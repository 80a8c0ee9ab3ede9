import net from 'node:net';
import { CodedError, systemErrorCode } from '../base/errors.ts';
import { type LocalSystem, thisSystem, windowsTool } from '../base/localSystem.ts';
import { FIRST_UNPRIVILEGED_PORT, MAX_PORT, type PortPair, UNPRIVILEGED_OFFSET } from '../kinds/ports.ts';
import type { ListeningSocket } from './listeningSockets.ts';
import { findPortHolder, mayShadowOthers } from './portHolder.ts';

/**
 * The two addresses of `localhost`. A program that connects to `localhost` may try either of them first, so a forward
 * on `localhost` listens on both addresses.
 */
export const LOOPBACK = ['127.0.0.1', '::1'] as const;

const NETSH_LIMIT_MS = 1_000;
const NEIGHBOURS = 100;

/**
 * Error codes for an address that this machine does not have. `EINVAL` is the code for a link-local address without its
 * interface, such as `fe80::1`.
 */
const MISSING_ADDRESS: ReadonlySet<string | undefined> = new Set([
  'EADDRNOTAVAIL',
  'EAFNOSUPPORT',
  'EINVAL',
  'ENOTFOUND',
]);

/**
 * Converts the error of a bind to a CodedError. If the port is in use, the CodedError names the program that uses the
 * port and suggests a free port. Returns unknown errors unchanged.
 */
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
 * Rejects if another program already listens on one of the local ports. Checks this only on Windows and macOS: there,
 * the bind could succeed in this case ({@link mayShadowOthers}), and some local clients would reach the other program.
 * On other systems, the bind itself fails.
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
  // Lists the sockets once for both functions below, because a listing takes most of a second on Windows and macOS.
  const sockets = listed ?? (await listedSockets(system));
  const holder = (await findPortHolder(address, port, system, sockets)) ?? 'another program';
  const suggestion = await findFreePort(port, sockets);
  return new CodedError('PORT_IN_USE', { port, address, holder, suggestion }, cause);
}

/**
 * Returns the error for a bind that the system refused (`EACCES`). On Windows, the cause is a reserved range of ports
 * or a program that bound the port exclusively. On other systems, only administrators may bind the port.
 */
async function portRefused(
  address: string,
  port: number,
  system: LocalSystem,
  cause: Error,
): Promise<CodedError> {
  if (system.platform !== 'win32') {
    const sockets = await listedSockets(system);
    // For port 80, suggests 8081 or higher.
    const suggestion = await findFreePort(port + UNPRIVILEGED_OFFSET, sockets);
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

/**
 * Returns a port after `near` that is free on both loopback addresses. If the next 100 ports are all in use, returns
 * any free port.
 */
async function findFreePort(near: number, sockets: readonly ListeningSocket[]): Promise<number> {
  for (let port = near + 1; port <= Math.min(near + NEIGHBOURS, MAX_PORT); port++) {
    if (port < FIRST_UNPRIVILEGED_PORT || sockets.some((socket) => socket.port === port)) continue;
    if (await isFree(port)) return port;
  }
  const any = await tryPort('127.0.0.1', 0);
  return typeof any === 'number' ? any : 0;
}

/**
 * Returns all listening sockets on Windows and macOS, where a bind can succeed although the port is in use ({@link
 * mayShadowOthers}). Returns an empty list on other systems, where a test bind shows whether a port is free.
 */
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

/** Binds and releases a port, to test whether it is free. Returns the port, or the error of the bind. */
function tryPort(host: string, port: number): Promise<number | Error> {
  return new Promise((resolve) => {
    // If a program connects during the test, destroys its connection, because an open connection would keep the test
    // server from closing.
    const server = net.createServer((socket) => socket.destroy());
    server.once('error', resolve);
    server.listen({ host, port, ipv6Only: true, exclusive: true }, () => {
      const info = server.address();
      server.close(() => resolve(info !== null && typeof info === 'object' ? info.port : port));
    });
  });
}

/**
 * Returns the range, as `3000-3099`, that contains `port` and that Windows reserves for Hyper-V, WSL or Docker.
 * Returns undefined if there is none, and on other systems.
 */
export async function findReservedRange(port: number, system: LocalSystem): Promise<string | undefined> {
  if (system.platform !== 'win32') return undefined;
  const netsh = windowsTool('netsh.exe', system);
  for (const family of ['ipv4', 'ipv6']) {
    const args = ['interface', family, 'show', 'excludedportrange', 'protocol=tcp'];
    const output = await system.run(netsh, args, NETSH_LIMIT_MS).catch(() => '');
    // Recognizes the table rows in the output of `netsh` by their form, not by the headings, because Windows translates
    // the headings. A row is two numbers, with a star if an administrator set the range.
    for (const [, first, last] of output.matchAll(/^\s*(\d+)\s+(\d+)\s*\*?\s*$/gm)) {
      if (Number(first) <= port && port <= Number(last)) return `${first}-${last}`;
    }
  }
  return undefined;
}
