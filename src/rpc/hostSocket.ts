import { once } from 'node:events';
import net, { type Server, type Socket } from 'node:net';
import { CodedError, systemErrorCode } from '../base/errors.ts';
import { untilConnected } from '../base/untilConnected.ts';
import type { HostRecord } from './hostRecord.ts';

/**
 * The error codes that prove that a host is dead: nothing listens on the socket in its record (the file by which
 * clients find the host). No other host will listen on this socket later, because each host uses a new name for its
 * socket. After any other error, the host may only be busy.
 */
const DEAD_CODES: ReadonlySet<string | undefined> = new Set(['ECONNREFUSED', 'ENOENT', 'ENOTSOCK']);

/**
 * The error codes with which Windows does not let this program open the pipe of the host. The cause is that the host
 * runs as administrator, and this program does not, although both run as the same user. The user gets the error
 * `HOST_NOT_PERMITTED`.
 */
const REFUSED_CODES: ReadonlySet<string | undefined> = new Set(['EPERM', 'EACCES']);

/**
 * Connects to the host whose socket is in the record. Returns undefined if the host is dead. The caller owns the
 * socket, but need not listen for its errors: a `close` event follows each error.
 * @throws CodedError `HOST_NOT_PERMITTED`; other errors of the connection; the signal's reason when aborted
 */
export async function connectToRecord(
  { socket: path, processId }: Pick<HostRecord, 'socket' | 'processId'>,
  signal: AbortSignal,
): Promise<Socket | undefined> {
  if (path === '') return undefined;
  const socket = net.connect({ path }).on('error', () => {});
  try {
    return await untilConnected(socket, 'connect', signal);
  } catch (error) {
    signal.throwIfAborted();
    const code = systemErrorCode(error);
    if (DEAD_CODES.has(code)) return undefined;
    throw REFUSED_CODES.has(code) ? notPermitted(processId, error) : error;
  }
}

function notPermitted(processId: number, cause: unknown): CodedError {
  return new CodedError('HOST_NOT_PERMITTED', { processId }, cause);
}

/**
 * Returns false only if the host of a record is certainly dead. Returns true if the host accepts connections. Also
 * returns true if connecting fails for any other reason, because the host may only be busy.
 */
export async function isHostAlive(record: HostRecord, signal: AbortSignal): Promise<boolean> {
  try {
    const socket = await connectToRecord(record, signal);
    socket?.destroy();
    return socket !== undefined;
  } catch {
    signal.throwIfAborted();
    return true;
  }
}

/** Listens on the path of a socket or the name of a pipe. The caller closes the server. */
export async function listenAt(path: string, onConnection: (socket: Socket) => void): Promise<Server> {
  const server = net.createServer(onConnection).listen({ path });
  await once(server, 'listening');
  // Ignores later errors of the server, because each affects only one connection. For example, if too many files are
  // open, the server cannot accept a connection, but can accept another connection later.
  return server.on('error', () => {});
}
