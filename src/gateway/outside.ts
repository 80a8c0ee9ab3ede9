import type { Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { proxyFromEnvironment } from '../kube/kubeconfig/proxyFromEnvironment.ts';
import { connectThroughProxy } from '../rest/proxy.ts';
import { connectTcp, hostOf } from '../rest/tcp.ts';

/** A connection past the cluster. */
export interface OutsideConnection {
  readonly server: Socket;
  /** The proxy at its other end, which takes requests in absolute form; missing where the host itself is. */
  readonly proxy?: URL;
}

/**
 * Opens a connection to a host that is none of the gateway's, directly or through the proxy that was set before. The caller owns the
 * socket. For HTTP that is the connection to an HTTP proxy, for not every proxy opens tunnels to port 80.
 * @param environment says through which proxy
 * @param scheme of what the program speaks: each has its own proxy
 * @param ownPort of the gateway, which may have become the proxy of the environment
 * @throws CodedError `UNREACHABLE`, `PROXY_FAILED`; the signal's reason when aborted
 */
export async function connectOutside(
  environment: Readonly<Record<string, string | undefined>>,
  scheme: 'http' | 'https',
  { host, port }: { readonly host: string; readonly port: number },
  ownPort: number,
  signal: AbortSignal,
): Promise<OutsideConnection> {
  const authority = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const { ALL_PROXY = environment['all_proxy'] } = environment;
  const withAll = {
    ...environment,
    HTTP_PROXY: environment['HTTP_PROXY'] || environment['http_proxy'] || ALL_PROXY,
    HTTPS_PROXY: environment['HTTPS_PROXY'] || environment['https_proxy'] || ALL_PROXY,
  };
  const proxy = proxyFromEnvironment(new URL(`${scheme}://${authority}`), withAll);
  if (proxy === undefined || Number(proxy.port) === ownPort) {
    return { server: await connectTcp(host, port, authority, signal) };
  }
  if (scheme === 'http' && proxy.protocol === 'http:') {
    const server = await connectTcp(hostOf(proxy), Number(proxy.port) || 80, proxy.host, signal);
    return { server, proxy };
  }
  return { server: await connectThroughProxy(proxy, host, port, signal) };
}

/** Carries bytes both ways until one side ends or fails. Owns both sockets. */
export async function join(client: Socket, server: Socket): Promise<void> {
  await Promise.all([pipeline(client, server), pipeline(server, client)]).catch(() => {});
  client.destroy();
  server.destroy();
}
