import net from 'node:net';
import { CodedError, systemErrorCode } from '../base/errors.ts';
import { type LocalSystem, thisSystem } from '../base/localSystem.ts';
import type { PortPair } from '../kinds/ports.ts';
import { MAX_PORT } from '../kinds/ports.ts';
import type { ListeningSocket } from './listeningSockets.ts';
import { findPortHolder, mayShadowOthers } from './portHolder.ts';
import { findReservedRange } from './reservedPorts.ts';

/** 127.0.0.1 and ::1: clients that are told `localhost` try either. */
export const LOOPBACK = ['127.0.0.1', '::1'] as const;

const NEIGHBOURS = 100;
const FIRST_UNPRIVILEGED_PORT = 1024;
/** Port 80 leads to 8081 or one of the next. */
const OFFSET_OF_SUGGESTION = 8000;

/** Errors for an address that this machine does not have; `EINVAL` for a link-local one without its interface. */
const MISSING_ADDRESS: ReadonlySet<string | undefined> = new Set([
  'EADDRNOTAVAIL',
  'EAFNOSUPPORT',
  'EINVAL',
  'ENOTFOUND',
]);

/** What to tell a user who cannot listen there: who has the port, and which is free. Errors of another kind stay as they are. */
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
 * Looks for programs that have one of the ports already, where binding it would succeed all the same ({@link mayShadowOthers}):
 * clients would then reach one or the other. Does nothing where the system does not tell who listens.
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
  // Listed once for both: that takes Windows and macOS most of a second.
  const sockets = listed ?? (await listedSockets(system));
  const holder = (await findPortHolder(address, port, system, sockets)) ?? 'another program';
  const suggestion = await findFreePort(port, sockets);
  return new CodedError('PORT_IN_USE', { port, address, holder, suggestion }, cause);
}

/** Windows knows no ports for administrators only: one is refused for being in a reserved range, or another program's alone. */
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

/** A local port that is free right now on both loopbacks: one of the next after `near`, else any. */
async function findFreePort(near: number, sockets: readonly ListeningSocket[]): Promise<number> {
  for (let port = near + 1; port <= Math.min(near + NEIGHBOURS, MAX_PORT); port++) {
    if (port < FIRST_UNPRIVILEGED_PORT || sockets.some((socket) => socket.port === port)) continue;
    if (await isFree(port)) return port;
  }
  const any = await tryPort('127.0.0.1', 0);
  return typeof any === 'number' ? any : 0;
}

/** What listens, where that keeps nobody from binding; empty where the system does not tell. */
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

/** Binds and lets go again: the port, or why not. */
function tryPort(host: string, port: number): Promise<number | Error> {
  return new Promise((resolve) => {
    // Somebody may try that port at this very moment, and would keep the server from closing.
    const server = net.createServer((socket) => socket.destroy());
    server.once('error', resolve);
    server.listen({ host, port, ipv6Only: true, exclusive: true }, () => {
      const info = server.address();
      server.close(() => resolve(info !== null && typeof info === 'object' ? info.port : port));
    });
  });
}
