import net, { type Socket } from 'node:net';
import { onAbort } from '../base/async.ts';
import { CodedError, describeError, systemErrorCode } from '../base/errors.ts';

/**
 * How long to try each address of a host before the next one. Node's 250 ms are shorter than a round trip between
 * continents. The last address has no limit.
 */
const ADDRESS_TIMEOUT_MS = 1_000;

/**
 * Opens a TCP connection to the first of the host's addresses that answers. The caller owns the socket.
 * @param server the name of the other end in errors
 * @throws CodedError `UNREACHABLE`; the signal's reason when aborted
 */
export function connectTcp(host: string, port: number, server: string, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const socket = net.connect({
      host,
      port,
      allowHalfOpen: false,
      autoSelectFamilyAttemptTimeout: ADDRESS_TIMEOUT_MS,
    });
    const fail = (error: unknown) => {
      abort.dispose();
      socket.off('connect', onConnect);
      socket.destroy();
      reject(error);
    };
    const onError = (error: Error) =>
      fail(new CodedError('UNREACHABLE', { server, reason: unreachableReason(error) }, error));
    const onConnect = () => {
      abort.dispose();
      socket.off('error', onError);
      resolve(socket);
    };
    socket.once('connect', onConnect).once('error', onError);
    const abort = onAbort(signal, () => {
      socket.on('error', () => {});
      fail(signal.reason);
    });
  });
}

/**
 * Returns the reason for a failed connection. On macOS 15 and later, a program without permission for the local network
 * gets `EHOSTUNREACH` for its addresses, and a person must allow it.
 */
export function unreachableReason(error: Error, platform: NodeJS.Platform = process.platform): string {
  const reason = describeError(error);
  const codes =
    error instanceof AggregateError ? error.errors.map(systemErrorCode) : [systemErrorCode(error)];
  if (platform !== 'darwin' || !codes.includes('EHOSTUNREACH')) return reason;
  return `${reason}; for an address on the local network, allow this program, or the program that started it, under System Settings > Privacy & Security > Local Network`;
}

/** Returns the host of a URL as sockets take it: an IPv6 address without its brackets. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1');
}
