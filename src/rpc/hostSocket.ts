import net, { type Server, type Socket } from 'node:net';
import { onAbort } from '../base/async.ts';
import { systemErrorCode } from '../base/errors.ts';
import type { HostRecord } from './hostRecord.ts';

/** Nobody listens there, and nobody will again: names are used once. Everything else may be a host that is busy. */
const DEAD_CODES: ReadonlySet<string | undefined> = new Set(['ECONNREFUSED', 'ENOENT', 'ENOTSOCK']);

/**
 * Connects to a record's host. The caller owns the socket; its `close` tells of errors too. Undefined where the host is dead.
 * @throws what the connection fails with otherwise; the signal's reason when aborted
 */
export async function connectToRecord(
  { socket: path }: Pick<HostRecord, 'socket'>,
  signal: AbortSignal,
): Promise<Socket | undefined> {
  if (path === '') return undefined;
  return await new Promise((resolve, reject) => {
    const socket = net.connect({ path }).on('error', () => {});
    const settle = (finish: () => void) => {
      abort.dispose();
      socket.off('connect', onConnect).off('error', onError);
      finish();
    };
    const onConnect = () => settle(() => resolve(socket));
    const onError = (error: Error) =>
      settle(() => (DEAD_CODES.has(systemErrorCode(error)) ? resolve(undefined) : reject(error)));
    socket.once('connect', onConnect).once('error', onError);
    const abort = onAbort(signal, () => {
      settle(() => reject(signal.reason));
      socket.destroy();
    });
  });
}

/** Whether a record's host takes connections, or at least is there to. */
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
export function listenAt(path: string, onConnection: (socket: Socket) => void): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = net.createServer(onConnection);
    server.once('error', reject);
    server.listen({ path }, () => {
      server.off('error', reject);
      // Accepting can fail where files run out: the next connection may do better.
      server.on('error', () => {});
      resolve(server);
    });
  });
}
