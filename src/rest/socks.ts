import type { Socket } from 'node:net';
import { SocksClient, SocksClientError } from 'socks';
import { onAbort, raceAbort } from '../base/async.ts';

/** A SOCKS5 proxy (RFC 1928) with its login (RFC 1929). */
export interface SocksProxy {
  readonly host: string;
  readonly port: number;
  readonly user?: { readonly name: string; readonly password: string };
}

/**
 * Asks a SOCKS5 proxy for a connection to `host:port` over a connection to the proxy, which stays the caller's.
 * @throws Error with the proxy's reason; the signal's reason when aborted
 */
export async function connectBySocks(
  proxy: SocksProxy,
  toProxy: Socket,
  host: string,
  port: number,
  signal: AbortSignal,
): Promise<Socket> {
  const abort = onAbort(signal, () => toProxy.destroy());
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
    // The original error carries the password.
    throw error instanceof SocksClientError ? new Error(error.message) : error;
  } finally {
    abort.dispose();
  }
}
