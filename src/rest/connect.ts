import type { Socket } from 'node:net';
import tls from 'node:tls';
import { hostOf } from '../base/address.ts';
import { type Clock, deadline, onAbort, systemClock } from '../base/async.ts';
import { CodedError, isCoded } from '../base/errors.ts';
import { connectThroughProxy, proxyName } from './proxy.ts';
import { noteCredentials } from './redaction.ts';
import type { Credentials, RestConfig, TlsSettings } from './restConfig.ts';
import { secureContextFor } from './secureContext.ts';
import { connectTcp, tlsNameOf } from './tcp.ts';
import { tlsError } from './tlsError.ts';
import { firstTrust, isSignatureFailure, otherTrusts, type Trust } from './trust.ts';

// If a connection to a server has carried no bytes for this time, in milliseconds, the kernel sends TCP keep-alive
// probes. If the server is gone, the probes fail and the connection ends, even while no request is under way.
const KEEP_ALIVE_MS = 30_000;
/**
 * The time limit for opening a connection to the API server, in milliseconds: TCP, the proxy if there is one, and the
 * TLS handshake together. After this time, {@link connect} throws `UNREACHABLE`. client-go has the same limit for TCP
 * alone.
 */
const CONNECT_LIMIT_MS = 30_000;

/**
 * Contains an entry for each server that {@link firstTrust} could not verify: the {@link Trust} (which authorities and
 * keys to accept) that did verify the server. The key is the TLS settings of the server. Later connections begin with
 * the stored trust, because a handshake with {@link firstTrust} would fail again.
 */
const trusted = new WeakMap<TlsSettings, Trust>();

/**
 * Opens a connection to the API server, through a proxy and with TLS if the config says so. The caller owns the socket,
 * must end it, and must handle its `error` events.
 * @throws CodedError `UNREACHABLE` (also if the connection takes longer than 30 s), `PROXY_FAILED` or `TLS`; the
 *   signal's reason when aborted
 */
export async function connect(
  config: RestConfig,
  credentials: Credentials,
  signal: AbortSignal,
  clock: Clock = systemClock,
): Promise<Socket> {
  signal.throwIfAborted();
  noteCredentials(config, credentials);
  using limit = deadline(signal, CONNECT_LIMIT_MS, () => unanswered(config), clock);
  return await open(config, credentials, limit.signal);
}

async function open(config: RestConfig, credentials: Credentials, signal: AbortSignal): Promise<Socket> {
  if (config.server.protocol === 'http:') return await dial(config, signal);
  const failures: unknown[] = [];
  const first = firstTrust(config.tls);
  const remembered = trusted.get(config.tls);
  const trusts = [remembered ?? first];
  // Each handshake needs a new TCP connection, because a failed handshake ends its connection.
  for (const trust of trusts) {
    try {
      const socket = await secure(await dial(config, signal), config, credentials, { trust, signal });
      if (trust === first) trusted.delete(config.tls);
      else trusted.set(config.tls, trust);
      return socket;
    } catch (error) {
      if (!isCoded(error, 'TLS')) throw error;
      failures.push(error);
      trusts.push(...(trust === remembered ? [first] : otherTrusts(trust, error.cause)));
    }
  }
  // Throws the error of the last handshake. Each handshake accepts what made the earlier ones fail, for example a short
  // key. So only the last error tells the user what to correct. Skips signature failures if there is another error:
  // they only mean that a handshake used the wrong one of several authorities with the same name.
  throw failures.findLast((error) => isCoded(error) && !isSignatureFailure(error.cause)) ?? failures[0];
}

async function dial(config: RestConfig, signal: AbortSignal): Promise<Socket> {
  const { server } = config;
  const port = Number(server.port) || (server.protocol === 'http:' ? 80 : 443);
  const host = hostOf(server);
  const tcp =
    config.proxy === undefined
      ? await connectTcp(host, port, server.origin, signal)
      : await connectThroughProxy(config.proxy, host, port, signal);
  tcp.setNoDelay(true);
  tcp.setKeepAlive(true, KEEP_ALIVE_MS);
  return tcp;
}

function secure(
  tcp: Socket,
  config: RestConfig,
  credentials: Credentials,
  { trust, signal }: { readonly trust: Trust; readonly signal: AbortSignal },
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      tcp.destroy();
      return reject(signal.reason);
    }
    let socket: tls.TLSSocket;
    try {
      socket = startTls(tcp, config, credentials, trust);
    } catch (error) {
      // Node throws at once if the kubeconfig contains invalid PEM text. Reports this like an error of the handshake.
      tcp.destroy();
      return reject(tlsError(config, error));
    }
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
    const onClose = () => {
      const reason = 'the connection was closed during the TLS handshake';
      fail(new CodedError('UNREACHABLE', { server: config.server.origin, reason }));
    };
    socket.once('secureConnect', onSecure).once('error', onError).once('close', onClose);
    const abort = onAbort(signal, () => fail(signal.reason));
  });
}

function startTls(
  tcp: Socket,
  config: RestConfig,
  { clientCertificate }: Credentials,
  trust: Trust,
): tls.TLSSocket {
  const { serverName, insecureSkipVerify } = config.tls;
  return tls.connect({
    socket: tcp,
    // Excludes HTTP/2, because only HTTP/1.1 can upgrade a connection to the protocol of a tunnel.
    ALPNProtocols: ['http/1.1'],
    ...tlsNameOf(serverName ?? hostOf(config.server)),
    rejectUnauthorized: insecureSkipVerify !== true,
    checkServerIdentity: checkIdentity,
    secureContext: secureContextFor(config.tls, clientCertificate, trust),
  });
}

/**
 * Returns an error if the certificate of a server is not for `host`. Like Go, looks for the host only among the
 * certificate's subject alternative names, and ignores its common name.
 */
function checkIdentity(host: string, certificate: tls.PeerCertificate): Error | undefined {
  const error = tls.checkServerIdentity(host, {
    ...certificate,
    subject: { ...certificate.subject, CN: '' },
  });
  if (error === undefined || certificate.subjectaltname) return error;
  return new Error('the certificate has no subject alternative name (SAN) for the host, only a common name');
}

function unanswered({ server, proxy }: RestConfig): CodedError {
  const way = proxy === undefined ? '' : ` through proxy ${proxyName(proxy)}`;
  const reason = `no response${way} within ${CONNECT_LIMIT_MS / 1000} s`;
  return new CodedError('UNREACHABLE', { server: server.origin, reason });
}
