import type { Socket } from 'node:net';
import { SocksClient, SocksClientError } from 'socks';
import { onAbort, raceAbort } from '../base/async.ts';

/** A SOCKS5 proxy (RFC 1928). Some proxies require a user name and a password (RFC 1929). */
export interface SocksProxy {
  readonly host: string;
  readonly port: number;
  readonly user?: { readonly name: string; readonly password: string };
}

/**
 * Asks a SOCKS5 proxy to connect to `host:port`.
 * @param toProxy an open connection to the proxy, which the caller owns
 * @throws Error with the reason that the proxy gave; the signal's reason when aborted
 */
export async function connectBySocks(
  proxy: SocksProxy,
  toProxy: Socket,
  host: string,
  port: number,
  signal: AbortSignal,
): Promise<Socket> {
  using _ = onAbort(signal, () => toProxy.destroy());
  try {
    const { socket } = await raceAbort(
      SocksClient.createConnection({
        command: 'connect',
        destination: { host, port },
        existing_socket: toProxy,
        proxy: {
          host: proxy.host,
          port: proxy.port,
          type: 5,
          ...(proxy.user && { userId: proxy.user.name, password: proxy.user.password }),
        },
      }),
      signal,
    );
    return socket;
  } catch (error) {
    // A `SocksClientError` contains the password of the proxy, so only its message is passed on.
    throw error instanceof SocksClientError ? new Error(error.message) : error;
  }
}
