import type { Socket } from 'node:net';
import tls from 'node:tls';
import { onAbort } from '../base/async.ts';
import { CodedError, describeError, systemErrorCode } from '../base/errors.ts';
import { connectThroughProxy } from './proxy.ts';
import type { Credentials, RestConfig } from './restConfig.ts';
import { connectTcp } from './tcp.ts';

// The kernel's probes find a peer that vanished while no request is under way. Milliseconds.
const KEEP_ALIVE_MS = 30_000;

/**
 * Opens a connection to the API server, through its proxy and TLS where the config asks for them. The caller owns the
 * socket, ends it, and must listen to its errors.
 * @throws CodedError `UNREACHABLE`, `PROXY_FAILED` or `TLS`; the signal's reason when aborted.
 */
export async function connect(
  config: RestConfig,
  credentials: Credentials,
  signal: AbortSignal,
): Promise<Socket> {
  signal.throwIfAborted();
  const { server } = config;
  const port = Number(server.port) || (server.protocol === 'http:' ? 80 : 443);
  const host = hostOf(server);
  const tcp =
    config.proxy === undefined
      ? await connectTcp(host, port, server.origin, signal)
      : await connectThroughProxy(config.proxy, host, port, signal);
  tcp.setNoDelay(true);
  tcp.setKeepAlive(true, KEEP_ALIVE_MS);
  if (server.protocol === 'http:') return tcp;
  return await secure(tcp, config, credentials, signal);
}

function secure(
  tcp: Socket,
  config: RestConfig,
  credentials: Credentials,
  signal: AbortSignal,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = startTls(tcp, config, credentials, reject);
    if (socket === undefined) return;
    const settle = (finish: () => void) => {
      abort.dispose();
      socket.off('error', onError).off('close', onClose).off('secureConnect', onSecure);
      finish();
    };
    const fail = (error: unknown) => {
      settle(() => reject(error));
      socket.on('error', () => {});
      socket.destroy();
    };
    const onSecure = () => settle(() => resolve(socket));
    const onError = (error: Error) => fail(tlsError(config, error));
    const onClose = () =>
      fail(tlsError(config, new Error('it closed the connection during the TLS handshake')));
    socket.once('secureConnect', onSecure).once('error', onError).once('close', onClose);
    const abort = onAbort(signal, () => fail(signal.reason));
  });
}

/** Bad PEM text makes `tls.connect` throw: that is the kubeconfig's fault, told like any other. */
function startTls(
  tcp: Socket,
  config: RestConfig,
  credentials: Credentials,
  reject: (error: unknown) => void,
): tls.TLSSocket | undefined {
  const { certificateAuthority, serverName, insecureSkipVerify } = config.tls;
  const name = serverName ?? hostOf(config.server);
  try {
    return tls.connect({
      socket: tcp,
      // Upgrades exist in HTTP/1.1 alone.
      ALPNProtocols: ['http/1.1'],
      ...(isIpAddress(name) ? { host: name } : { servername: name, host: name }),
      rejectUnauthorized: insecureSkipVerify !== true,
      // Where the kubeconfig names no authority kubectl trusts the system's; Node by itself does not.
      ca: certificateAuthority ?? systemAuthorities(),
      ...(credentials.clientCertificate && {
        cert: credentials.clientCertificate.certificate,
        key: credentials.clientCertificate.key,
      }),
    });
  } catch (error) {
    tcp.destroy();
    reject(tlsError(config, error));
    return undefined;
  }
}

function systemAuthorities(): string[] {
  return [...tls.getCACertificates('default'), ...tls.getCACertificates('system')];
}

function tlsError(config: RestConfig, error: unknown): CodedError {
  const code = systemErrorCode(error);
  // A reset in the middle of the handshake says nothing about certificates.
  const isNetwork = code === 'ECONNRESET' || code === 'EPIPE' || code === 'ETIMEDOUT';
  return new CodedError(
    isNetwork ? 'UNREACHABLE' : 'TLS',
    { server: config.server.origin, reason: describeError(error) },
    error,
  );
}

/** The URL's host as sockets want it: an IPv6 address without its brackets. */
function hostOf(server: URL): string {
  return server.hostname.replace(/^\[(.*)\]$/, '$1');
}

function isIpAddress(name: string): boolean {
  return /^[\d.]+$/.test(name) || name.includes(':');
}
