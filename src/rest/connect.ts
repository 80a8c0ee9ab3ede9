import net, { type Socket } from 'node:net';
import tls from 'node:tls';
import { type Clock, onAbort, systemClock } from '../base/async.ts';
import { DisposableStore } from '../base/disposable.ts';
import { CodedError, describeError, systemErrorCode } from '../base/errors.ts';
import { connectThroughProxy, proxyName } from './proxy.ts';
import { noteCredentials, redactError } from './redaction.ts';
import type { Credentials, RestConfig } from './restConfig.ts';
import { secureContextFor } from './secureContext.ts';
import { connectTcp, hostOf } from './tcp.ts';

// The kernel's probes find a peer that vanished while no request is under way. Milliseconds.
const KEEP_ALIVE_MS = 30_000;
/** client-go's limit for a dial; here for the proxy and the TLS handshake too, which may be left unanswered as well. */
const CONNECT_LIMIT_MS = 30_000;

/**
 * Opens a connection to the API server, through its proxy and TLS where the config asks for them. The caller owns the
 * socket, ends it, and must listen to its errors.
 * @throws CodedError `UNREACHABLE`, also when it is not through within 30 s, `PROXY_FAILED` or `TLS`; the signal's reason
 *   when aborted.
 */
export async function connect(
  config: RestConfig,
  credentials: Credentials,
  signal: AbortSignal,
  clock: Clock = systemClock,
): Promise<Socket> {
  signal.throwIfAborted();
  noteCredentials(config, credentials);
  const abort = new AbortController();
  const owned = new DisposableStore();
  owned.add(onAbort(signal, () => abort.abort(signal.reason)));
  owned.add(clock.setTimer(CONNECT_LIMIT_MS, () => abort.abort(unanswered(config))));
  try {
    return await open(config, credentials, abort.signal);
  } finally {
    owned.dispose();
  }
}

async function open(config: RestConfig, credentials: Credentials, signal: AbortSignal): Promise<Socket> {
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
    if (signal.aborted) {
      tcp.destroy();
      return reject(signal.reason);
    }
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
  const { serverName, insecureSkipVerify } = config.tls;
  const name = serverName ?? hostOf(config.server);
  try {
    return tls.connect({
      socket: tcp,
      // Upgrades exist in HTTP/1.1 alone.
      ALPNProtocols: ['http/1.1'],
      host: name,
      ...(net.isIP(name) === 0 && { servername: name }),
      rejectUnauthorized: insecureSkipVerify !== true,
      secureContext: secureContextFor(config.tls, credentials.clientCertificate),
    });
  } catch (error) {
    tcp.destroy();
    reject(tlsError(config, error));
    return undefined;
  }
}

/** The error for a handshake that failed, or for a peer that refuses it afterwards, as TLS 1.3 lets servers do. */
export function tlsError(config: RestConfig, error: unknown): CodedError {
  const code = systemErrorCode(error);
  // A reset in the middle of the handshake says nothing about certificates.
  const isNetwork = code === 'ECONNRESET' || code === 'EPIPE' || code === 'ETIMEDOUT';
  // About a certificate that does not fit it quotes what the server wrote there.
  const cause = redactError(config, error);
  const reason = openSslReason(cause) ?? describeError(cause);
  return new CodedError(isNetwork ? 'UNREACHABLE' : 'TLS', { server: config.server.origin, reason }, cause);
}

/** OpenSSL's messages name its source files; its reasons are sentences. */
function openSslReason(error: unknown): string | undefined {
  const isOpenSsl = error instanceof Error && systemErrorCode(error)?.startsWith('ERR_SSL_');
  return isOpenSsl && 'reason' in error && typeof error.reason === 'string' ? error.reason : undefined;
}

function unanswered({ server, proxy }: RestConfig): CodedError {
  const way = proxy === undefined ? '' : ` through proxy ${proxyName(proxy)}`;
  const reason = `no answer${way} within ${CONNECT_LIMIT_MS / 1000} s`;
  return new CodedError('UNREACHABLE', { server: server.origin, reason });
}
