import net from 'node:net';
import { CodedError, systemErrorCode } from '../base/errors.ts';
import { MAX_PORT } from '../kinds/ports.ts';
import { findPortHolder } from './portHolder.ts';

/** 127.0.0.1 and ::1: clients that are told `localhost` try either. */
export const LOOPBACK = ['127.0.0.1', '::1'] as const;

const NEIGHBOURS = 100;
const FIRST_UNPRIVILEGED_PORT = 1024;

/** Errors for an address that this machine does not have; `EINVAL` for a link-local one without its interface. */
const MISSING_ADDRESS: ReadonlySet<string | undefined> = new Set([
  'EADDRNOTAVAIL',
  'EAFNOSUPPORT',
  'EINVAL',
  'ENOTFOUND',
]);

/** What to tell a user who cannot listen there: who has the port, and which is free. Errors of another kind stay as they are. */
export async function listenError(error: Error, address: string, port: number): Promise<Error> {
  switch (systemErrorCode(error)) {
    case 'EADDRINUSE': {
      const holder = (await findPortHolder(address, port)) ?? 'another program';
      return new CodedError(
        'PORT_IN_USE',
        { port, address, holder, suggestion: await findFreePort(port) },
        error,
      );
    }
    case 'EACCES':
      return new CodedError(
        'PORT_NOT_PERMITTED',
        { port, address, suggestion: await findFreePort(port + 8000) },
        error,
      );
    default:
      return isMissingAddress(error) ? new CodedError('ADDRESS_NOT_AVAILABLE', { address }, error) : error;
  }
}

function isMissingAddress(error: Error): boolean {
  return MISSING_ADDRESS.has(systemErrorCode(error));
}

/** A local port that is free right now on both loopbacks: one of the next after `near`, else any. */
async function findFreePort(near: number): Promise<number> {
  for (let port = near + 1; port <= Math.min(near + NEIGHBOURS, MAX_PORT); port++) {
    if (port >= FIRST_UNPRIVILEGED_PORT && (await isFree(port))) return port;
  }
  const any = await tryPort('127.0.0.1', 0);
  return typeof any === 'number' ? any : 0;
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
