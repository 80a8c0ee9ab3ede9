import net, { type Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { CodedError, describeError, systemErrorCode } from '../base/errors.ts';
import { withoutEnd } from '../base/text.ts';
import { untilConnected } from '../base/untilConnected.ts';

/**
 * How long Node tries one IP address of a host before it tries the next one, in milliseconds. The last address has no
 * such limit. Node's default, 250 ms, is shorter than some round trips between continents.
 */
const ADDRESS_TIMEOUT_MS = 1_000;

/**
 * Opens a TCP connection to the first IP address of `host` that answers. The caller owns the socket.
 * @param server the name of the server or proxy, for errors
 * @throws CodedError `UNREACHABLE`; the signal's reason when aborted
 */
export async function connectTcp(
  host: string,
  port: number,
  server: string,
  signal: AbortSignal,
): Promise<Socket> {
  signal.throwIfAborted();
  const autoSelectFamilyAttemptTimeout = ADDRESS_TIMEOUT_MS;
  const socket = net.connect({ host, port, allowHalfOpen: false, autoSelectFamilyAttemptTimeout });
  try {
    return await untilConnected(socket, 'connect', signal);
  } catch (error) {
    signal.throwIfAborted();
    throw new CodedError('UNREACHABLE', { server, reason: unreachableReason(error) }, error);
  }
}

/**
 * Returns the reason for a failed connection, for an error message. Since macOS 15, a program may connect to the local
 * network only with the user's permission. Without permission, the connection fails with `EHOSTUNREACH`, and the reason
 * then also tells the user where to give this permission.
 */
export function unreachableReason(error: unknown, platform: NodeJS.Platform = process.platform): string {
  const reason = describeError(error);
  const codes =
    error instanceof AggregateError ? error.errors.map(systemErrorCode) : [systemErrorCode(error)];
  if (platform !== 'darwin' || !codes.includes('EHOSTUNREACH')) return reason;
  return `${reason}; for an address on the local network, allow this program, or the program that started it, under System Settings > Privacy & Security > Local Network`;
}

/**
 * Returns true if the network broke an open connection. If the operating system reports the error, its code depends on
 * the system (Windows reports `ECONNABORTED`), but Node always adds the name of the system call. If Node itself notices
 * the end of the connection, there is no system call, and the code is `ECONNRESET` or `EPIPE`.
 */
export function isBroken(error: unknown): boolean {
  if (error instanceof Error && 'syscall' in error) return true;
  const code = systemErrorCode(error);
  return code === 'ECONNRESET' || code === 'EPIPE';
}

/**
 * Returns the options of `tls.connect` that name a server. Like Go, removes dots at the end of a host name, because
 * many servers reject a TLS handshake with such a name. An IP address is compared with the certificate, but is not sent
 * in the handshake (RFC 6066 section 3).
 */
export function tlsNameOf(host: string): Pick<ConnectionOptions, 'host' | 'servername'> {
  const name = withoutEnd(host, '.');
  return { host: name, ...(net.isIP(name) === 0 && { servername: name }) };
}
