import { once } from 'node:events';
import net, { type Server, type Socket } from 'node:net';
import { CodedError, systemErrorCode } from '../base/errors.ts';
import { untilConnected } from '../base/untilConnected.ts';
import type { HostRecord } from './hostRecord.ts';

/**
 * The error codes that prove that the host of a record is dead: nothing listens on its socket, and no other host will
 * use the same name. Any other error may come from a host that is busy.
 */
const DEAD_CODES: ReadonlySet<string | undefined> = new Set(['ECONNREFUSED', 'ENOENT', 'ENOTSOCK']);

/**
 * The error codes that mean that the host runs as administrator on Windows: programs of the same user without
 * administrator rights cannot open its pipe.
 */
const REFUSED_CODES: ReadonlySet<string | undefined> = new Set(['EPERM', 'EACCES']);

/**
 * Connects to the host of a record. Returns undefined if the host is dead. The caller owns the socket, and need not
 * listen for its errors, because a `close` event follows each error.
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
 * Returns false if the host of a record is dead. Returns true if the host accepts connections, or may only be too busy
 * to do so.
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
  // Ignores errors of the server, because they affect only one connection. If too many files are open, for example, the
  // server cannot accept a connection, but may accept the next connection.
  return server.on('error', () => {});
}
