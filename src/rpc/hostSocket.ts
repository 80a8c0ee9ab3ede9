import { once } from 'node:events';
import net, { type Server, type Socket } from 'node:net';
import { CodedError, systemErrorCode } from '../base/errors.ts';
import { untilConnected } from '../base/untilConnected.ts';
import type { HostRecord } from './hostRecord.ts';

/**
 * Error codes for a socket name on which no host listens any more: names are used only once. All other errors may come from a busy
 * host.
 */
const DEAD_CODES: ReadonlySet<string | undefined> = new Set(['ECONNREFUSED', 'ENOENT', 'ENOTSOCK']);

/** Codes of the pipe of a host that was started as administrator, for the user's other programs. */
const REFUSED_CODES: ReadonlySet<string | undefined> = new Set(['EPERM', 'EACCES']);

/**
 * Connects to a record's host. The caller owns the socket, whose `close` event reports errors too. Returns undefined for a dead
 * host.
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

/** Returns whether a record's host takes connections, or may be too busy to. */
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

/** Listens at a path or pipe name; the caller closes the server. */
export async function listenAt(path: string, onConnection: (socket: Socket) => void): Promise<Server> {
  const server = net.createServer(onConnection).listen({ path });
  await once(server, 'listening');
  // Accepting fails when file handles run out: the next connection may succeed.
  return server.on('error', () => {});
}
