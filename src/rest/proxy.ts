import http from 'node:http';
import type { Socket } from 'node:net';
import tls from 'node:tls';
import { SocksClient } from 'socks';
import { onAbort, raceAbort } from '../base/async.ts';
import { CodedError, describeError } from '../base/errors.ts';
import { USER_AGENT } from './headers.ts';
import { connectTcp } from './tcp.ts';

const DEFAULT_PORTS: Readonly<Record<string, number>> = {
  'http:': 80,
  'https:': 443,
  'socks5:': 1080,
  'socks5h:': 1080,
};

/**
 * Opens a connection to `host:port` through an HTTP proxy (CONNECT, RFC 9110 section 9.3.6) or a SOCKS5 one (RFC 1928).
 * The caller owns the socket.
 * @throws CodedError `PROXY_FAILED`, naming the proxy without its credentials; the signal's reason when aborted.
 */
export async function connectThroughProxy(
  proxy: URL,
  host: string,
  port: number,
  signal: AbortSignal,
): Promise<Socket> {
  const proxyPort = Number(proxy.port) || DEFAULT_PORTS[proxy.protocol];
  const fail = (error: unknown) => {
    signal.throwIfAborted();
    return new CodedError(
      'PROXY_FAILED',
      { proxy: `${proxy.protocol}//${proxy.host}`, server: `${host}:${port}`, reason: describeError(error) },
      error,
    );
  };
  if (proxyPort === undefined)
    throw fail(new Error(`its scheme is none of ${Object.keys(DEFAULT_PORTS).join(' ')}`));
  try {
    const toProxy = await connectTcp(hostOf(proxy), proxyPort, proxy.host, signal);
    if (proxy.protocol.startsWith('socks')) return await connectSocks(proxy, toProxy, host, port, signal);
    return await connectHttp(proxy, toProxy, host, port, signal);
  } catch (error) {
    throw fail(error);
  }
}

async function connectSocks(
  proxy: URL,
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
          host: hostOf(proxy),
          port: Number(proxy.port) || 1080,
          type: 5,
          ...(proxy.username !== '' && {
            userId: decodeURIComponent(proxy.username),
            password: decodeURIComponent(proxy.password),
          }),
        },
      }),
      signal,
    );
    return socket;
  } catch (error) {
    toProxy.destroy();
    throw error;
  } finally {
    abort.dispose();
  }
}

async function connectHttp(
  proxy: URL,
  toProxy: Socket,
  host: string,
  port: number,
  signal: AbortSignal,
): Promise<Socket> {
  const transport = proxy.protocol === 'https:' ? await secureProxy(proxy, toProxy, signal) : toProxy;
  const authority = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  return await new Promise<Socket>((resolve, reject) => {
    const request = http.request({
      createConnection: () => transport,
      method: 'CONNECT',
      path: authority,
      headers: { Host: authority, 'User-Agent': USER_AGENT, ...proxyAuthorization(proxy) },
      signal,
    });
    const fail = (error: Error) => {
      transport.destroy();
      reject(error);
    };
    request.once('error', fail);
    request.once('connect', (response, socket: Socket, head) => {
      request.off('error', fail);
      if (response.statusCode !== 200) {
        return fail(new Error(`${response.statusCode} ${response.statusMessage}`));
      }
      if (head.length > 0) socket.unshift(head);
      resolve(socket);
    });
    request.end();
  });
}

function secureProxy(proxy: URL, toProxy: Socket, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = tls.connect({ socket: toProxy, host: hostOf(proxy), servername: hostOf(proxy) });
    const abort = onAbort(signal, () => socket.destroy(new Error('aborted')));
    socket.once('secureConnect', () => {
      abort.dispose();
      socket.off('error', reject);
      resolve(socket);
    });
    socket.once('error', (error) => {
      abort.dispose();
      toProxy.destroy();
      reject(error);
    });
  });
}

function proxyAuthorization(proxy: URL): Record<string, string> {
  if (proxy.username === '') return {};
  const pair = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return { 'Proxy-Authorization': `Basic ${Buffer.from(pair).toString('base64')}` };
}

function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1');
}
