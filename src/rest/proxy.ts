import http from 'node:http';
import type { Socket } from 'node:net';
import tls from 'node:tls';
import { hostAndPort, hostOf } from '../base/address.ts';
import { defined } from '../base/defined.ts';
import { CodedError, isCoded } from '../base/errors.ts';
import { untilConnected } from '../base/untilConnected.ts';
import { USER_AGENT } from './headers.ts';
import { urlRedactor } from './redaction.ts';
import type { SocksProxy } from './socks.ts';
import { connectTcp, tlsNameOf } from './tcp.ts';
import { tlsReason } from './tlsError.ts';
import { firstTrust, trustOptions } from './trust.ts';

const DEFAULT_PORTS: Readonly<Record<string, number>> = {
  'http:': 80,
  'https:': 443,
  'socks5:': 1080,
  'socks5h:': 1080,
};

/** Returns the URL of a proxy without credentials, for messages. */
export function proxyName(proxy: URL): string {
  return `${proxy.protocol}//${proxy.host}`;
}

/**
 * Opens a connection to `host:port` through an HTTP proxy (CONNECT, RFC 9110 section 9.3.6) or a SOCKS5 proxy (RFC
 * 1928). The caller owns the socket.
 * @throws CodedError `PROXY_FAILED`, which names the proxy without its credentials; the signal's reason when aborted
 */
export async function connectThroughProxy(
  proxy: URL,
  host: string,
  port: number,
  signal: AbortSignal,
): Promise<Socket> {
  try {
    const connectBy = proxy.protocol.startsWith('socks') ? await socksConnector() : connectHttp;
    const toProxy = await connectTcp(hostOf(proxy), portOf(proxy), proxy.host, signal);
    try {
      return await connectBy(proxy, toProxy, host, port, signal);
    } catch (error) {
      toProxy.on('error', () => {});
      toProxy.destroy();
      throw error;
    }
  } catch (error) {
    signal.throwIfAborted();
    // Removes the credentials of the proxy from the error: some proxies repeat the whole request in their error
    // messages, and the request contains the credentials.
    const cause = isCoded(error) ? error : urlRedactor(proxy).redactError(error);
    const reason = isCoded(cause, 'UNREACHABLE') ? cause.arguments['reason'] : tlsReason(cause);
    throw new CodedError(
      'PROXY_FAILED',
      { proxy: proxyName(proxy), server: `${host}:${port}`, reason: reason ?? '' },
      cause,
    );
  }
}

/** Returns the port of a server or proxy: the port in its URL, or the usual port of the scheme. */
export function portOf({ protocol, port }: URL): number {
  const defaultPort = DEFAULT_PORTS[protocol];
  if (defaultPort === undefined) {
    const known = Object.keys(DEFAULT_PORTS).map((scheme) => `${scheme}//`);
    throw new Error(`the scheme must be one of ${known.join(', ')}`);
  }
  return Number(port) || defaultPort;
}

/**
 * A function that asks a proxy, over the open connection `toProxy`, to connect to `host:port`. It returns the
 * connection to `host:port`.
 */
type ConnectBy = (
  proxy: URL,
  toProxy: Socket,
  host: string,
  port: number,
  signal: AbortSignal,
) => Promise<Socket>;

/**
 * Loads the code for SOCKS only when it is needed. Few users have a SOCKS proxy, and loading the code at the start
 * would delay the start for all users.
 */
async function socksConnector(): Promise<ConnectBy> {
  const { connectBySocks } = await import('./socks.ts');
  return (proxy, ...connection) => {
    const user = loginOf(proxy);
    return connectBySocks({ host: hostOf(proxy), port: portOf(proxy), ...defined({ user }) }, ...connection);
  };
}

async function connectHttp(
  proxy: URL,
  toProxy: Socket,
  host: string,
  port: number,
  signal: AbortSignal,
): Promise<Socket> {
  const transport = proxy.protocol === 'https:' ? await secureProxy(proxy, toProxy, signal) : toProxy;
  const authority = hostAndPort(host, port);
  const authorization = proxyAuthorization(proxy);
  return await new Promise<Socket>((resolve, reject) => {
    const request = http.request({
      createConnection: () => transport,
      method: 'CONNECT',
      path: authority,
      headers: {
        Host: authority,
        'User-Agent': USER_AGENT,
        ...(authorization !== undefined && { 'Proxy-Authorization': authorization }),
      },
      signal,
    });
    // Keeps the handler after the first error (`on` instead of `once`): the request can report a second error later,
    // and an `error` event without a handler would end the process.
    request.on('error', reject);
    request.once('connect', (response, socket: Socket, head) => {
      if (response.statusCode !== 200) {
        socket.destroy();
        return reject(new Error(`${response.statusCode} ${response.statusMessage}`));
      }
      if (head.length > 0) socket.unshift(head);
      resolve(socket);
    });
    request.end();
  });
}

async function secureProxy(proxy: URL, toProxy: Socket, signal: AbortSignal): Promise<Socket> {
  const socket = tls.connect({
    socket: toProxy,
    ...tlsNameOf(hostOf(proxy)),
    ...trustOptions(firstTrust({})),
    // Verifies the proxy even if `NODE_TLS_REJECT_UNAUTHORIZED=0` is set, because somebody who pretends to be the proxy
    // could then steal its password.
    rejectUnauthorized: true,
  });
  return await untilConnected(socket, 'secureConnect', signal);
}

/** Returns the value of `Proxy-Authorization` for a proxy. Undefined if the URL of the proxy contains no login. */
export function proxyAuthorization(proxy: URL): string | undefined {
  const login = loginOf(proxy);
  return login && `Basic ${Buffer.from(`${login.name}:${login.password}`).toString('base64')}`;
}

/**
 * Returns the user name and the password in the URL of a proxy. Returns undefined if both are missing. Like Go, accepts
 * a password without a user name, because some proxies expect a token in this form.
 */
function loginOf({ username, password }: URL): SocksProxy['user'] {
  if (username === '' && password === '') return undefined;
  return { name: decodeURIComponent(username), password: decodeURIComponent(password) };
}
