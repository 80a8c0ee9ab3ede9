import type { Socket } from 'node:net';
import { Transform } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { hostAndPort, hostOf } from '../base/address.ts';
import type { Clock } from '../base/async.ts';
import { CodedError, isCoded, systemErrorCode, toCoded } from '../base/errors.ts';
import { proxyFromEnvironment } from '../kube/kubeconfig/proxyFromEnvironment.ts';
import { closeAfterSending } from '../portforward/closeAfterSending.ts';
import type { ClientInspector } from '../portforward/listener.ts';
import { resetSocket } from '../portforward/resetSocket.ts';
import { connectThroughProxy, proxyName } from '../rest/proxy.ts';
import { connectTcp } from '../rest/tcp.ts';

/**
 * After a server has ended its side of a connection, the gateway checks whether the client still sends bytes. This is
 * the time between two checks, in milliseconds.
 */
const IDLE_MS = 300_000;
/**
 * How long a server may still send after the client has closed its connection, in milliseconds. The gateway discards
 * these bytes. If the gateway closed the connection to the server at once, a slow server could lose the rest of an
 * upload that it has not read yet.
 */
const UNWANTED_MS = 1_000;

/** A connection to a server outside the cluster. */
export interface OutsideConnection {
  readonly server: Socket;
  /**
   * The HTTP proxy to which `server` is connected, and which expects the full URL in each request. Undefined if the
   * bytes of `server` reach the requested server directly, or through a proxy that has accepted CONNECT.
   */
  readonly proxy?: URL;
}

/**
 * The error codes of a failed DNS lookup for an unknown name. If the name contains no dot, some resolvers report
 * `EAI_AGAIN`.
 */
const LOOKUP_FAILURES: ReadonlySet<string | undefined> = new Set(['ENOTFOUND', 'EAI_AGAIN']);

/**
 * Connects to a server outside the cluster, directly or through the proxy that the environment names. The caller owns
 * the socket. For the scheme `http` and an HTTP proxy, returns a connection to the proxy itself, because not every
 * proxy accepts CONNECT for port 80.
 * @param environment the environment variables of the program
 * @param scheme selects the variable that names the proxy: `HTTP_PROXY` or `HTTPS_PROXY`
 * @param ownPort the port of the gateway. If the environment names the gateway as the proxy, connects directly
 * @throws CodedError `OUTSIDE_UNREACHABLE`; the signal's reason when aborted
 */
export async function connectOutside(
  environment: Readonly<Record<string, string | undefined>>,
  scheme: 'http' | 'https',
  { host: given, port }: { readonly host: string; readonly port: number },
  ownPort: number,
  signal: AbortSignal,
): Promise<OutsideConnection> {
  // In an HTTP request, an IPv6 address has brackets, which sockets do not accept.
  const host = given.replace(/^\[(.*)\]$/, '$1');
  const authority = hostAndPort(host, port);
  let used: URL | undefined;
  try {
    used = proxyFor(new URL(`${scheme}://${authority}`), environment, ownPort);
    if (used === undefined) return { server: await connectTcp(host, port, authority, signal) };
    if (scheme === 'http' && used.protocol === 'http:') {
      const server = await connectTcp(hostOf(used), Number(used.port) || 80, used.host, signal);
      return { server, proxy: used };
    }
    return { server: await connectThroughProxy(used, host, port, signal) };
  } catch (error) {
    signal.throwIfAborted();
    throw outsideError(error, authority, used);
  }
}

/**
 * Returns the proxy that the environment names for a server outside the cluster. Undefined if the environment names no
 * proxy, or the gateway itself.
 * @throws CodedError `PROXY_FAILED` if the value of the variable is not a URL
 */
function proxyFor(
  server: URL,
  environment: Readonly<Record<string, string | undefined>>,
  ownPort: number,
): URL | undefined {
  const { ALL_PROXY = environment['all_proxy'] } = environment;
  const proxy = proxyFromEnvironment(server, {
    ...environment,
    HTTP_PROXY: environment['HTTP_PROXY'] || environment['http_proxy'] || ALL_PROXY,
    HTTPS_PROXY: environment['HTTPS_PROXY'] || environment['https_proxy'] || ALL_PROXY,
  });
  return proxy === undefined || isGateway(proxy, ownPort) ? undefined : proxy;
}

/**
 * Returns the error for a server outside the cluster. The errors of the functions that connect are meant for API
 * servers, so their messages name the kubeconfig.
 * @param proxy the proxy that was used. Undefined if none was used, or if the environment contains an invalid URL
 */
function outsideError(error: unknown, server: string, proxy: URL | undefined): unknown {
  if (!isCoded(error, 'UNREACHABLE') && !isCoded(error, 'PROXY_FAILED')) return error;
  const { reason = '' } = error.arguments;
  const shownProxy = proxy === undefined ? 'the proxy from the environment' : `proxy ${proxyName(proxy)}`;
  const isDirect = proxy === undefined && error.code === 'UNREACHABLE';
  const shown = isDirect ? reason : `through ${shownProxy}: ${reason}`;
  return new CodedError('OUTSIDE_UNREACHABLE', { server, reason: shown }, error.cause);
}

/**
 * The hosts in the URL of a proxy that mean an address on which the gateway listens, as `URL` writes them. Other
 * loopback addresses, such as 127.0.0.2, are not among them: another proxy may listen there on the same port.
 */
const OWN_HOSTS: ReadonlySet<string> = new Set([
  'localhost',
  '127.0.0.1',
  '::1',
  '::ffff:7f00:1',
  '0.0.0.0',
  '::',
]);

/**
 * Returns true if the URL of a proxy means the gateway itself. {@link connectOutside} must not use such a proxy: the
 * gateway would connect to itself again and again.
 */
function isGateway(proxy: URL, ownPort: number): boolean {
  return OWN_HOSTS.has(hostOf(proxy)) && Number(proxy.port) === ownPort;
}

/**
 * Returns true if {@link connectOutside} has failed because the DNS of this machine does not know the requested host.
 */
export function isUnknownHost(error: unknown, host: string): boolean {
  if (!isCoded(error, 'OUTSIDE_UNREACHABLE') || !(error.cause instanceof Error)) return false;
  // If the error contains another name, the DNS does not know the host of the proxy. The requested host may then exist,
  // so returns false.
  const { cause } = error;
  return LOOKUP_FAILURES.has(systemErrorCode(cause)) && 'hostname' in cause && cause.hostname === host;
}

/**
 * Carries bytes in both directions until both sockets are closed. Also passes on the FIN and the reset of each peer.
 * Takes ownership of both sockets.
 */
export function join(client: Socket, server: Socket, clock: Clock, inspect?: ClientInspector): void {
  // Without half-open mode, Node would close the socket of the server as soon as the server has ended its side, even
  // while the client is still sending.
  server.allowHalfOpen = true;
  // Ignores the errors: a failed socket also closes, which `passCloseOn` handles.
  for (const socket of [client, server]) socket.on('error', () => {});
  passCloseOn(client, server, clock, UNWANTED_MS);
  passCloseOn(server, client, clock);
  server.once('end', () => {
    if (!client.closed) closeIdle(client, server, clock);
  });
  server.pipe(client);
  if (inspect === undefined) return void client.pipe(server);
  const checked = inspected(inspect).once('error', () => {
    reset(client);
    reset(server);
  });
  client.pipe(checked).pipe(server);
}

/**
 * Closes the socket `to` when the socket `from` has closed. If `from` had received the FIN of its peer, `to` first
 * sends all bytes that it still has. Otherwise resets `to`, because the peer of `to` must not mistake a truncated
 * answer for a complete answer.
 * @param limitMs how long the peer of `to` may still send after `to` has sent its last byte, in milliseconds. Optional,
 *   default 30 s
 */
function passCloseOn(from: Socket, to: Socket, clock: Clock, limitMs?: number): void {
  const onClose = () => {
    if (!from.readableEnded) return reset(to);
    // Stops copying bytes from `to` to the closed socket. The pipe would soon stop by itself, but would then also pause
    // `to`. A paused socket would not notice the FIN of its peer.
    to.unpipe();
    closeAfterSending(to, clock, limitMs);
  };
  if (from.closed) onClose();
  else from.once('close', onClose);
}

/**
 * Closes both sockets of a connection whose server has ended its side. Checks every {@link IDLE_MS}, and closes the
 * sockets if the client has sent nothing since the last check and has got all bytes of the server. Needed because a
 * program that keeps connections for later requests notices the end of the server only at its next request.
 */
function closeIdle(client: Socket, server: Socket, clock: Clock): void {
  const before = client.bytesRead;
  const timer = clock.setTimer(IDLE_MS, () => {
    client.off('close', end);
    if (client.bytesRead !== before || !client.writableFinished) return closeIdle(client, server, clock);
    server.destroy();
    client.destroy();
  });
  const end = () => timer.dispose();
  client.once('close', end);
}

function reset(socket: Socket): void {
  // Node cannot reset a TLS socket. The connection to an HTTPS proxy is a TLS socket.
  if (socket instanceof TLSSocket) socket.destroy();
  else resetSocket(socket);
}

/**
 * Returns a stream that passes on the bytes that `inspect` accepts, and ends before the first byte that `inspect`
 * rejects.
 */
function inspected(inspect: ClientInspector): Transform {
  let hasEnded = false;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      if (hasEnded) return done();
      try {
        const passing = inspect(chunk);
        this.push(chunk.subarray(0, passing));
        hasEnded = passing !== undefined;
        if (hasEnded) this.push(null);
        done();
      } catch (error) {
        done(toCoded(error));
      }
    },
  });
}
