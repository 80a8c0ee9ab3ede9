import { once } from 'node:events';
import type { Socket } from 'node:net';

/**
 * Resolves with the socket when it is connected. From then on, the caller owns the socket and must listen for its
 * errors. If the socket does not connect, this function destroys it.
 * @throws the error of the socket; an `AbortError` when the signal is aborted
 */
export async function untilConnected<Connecting extends Socket>(
  socket: Connecting,
  event: 'connect' | 'secureConnect',
  signal: AbortSignal,
): Promise<Connecting> {
  // Ignores errors that the socket emits after an abort, because `once` no longer handles them: an unhandled `error`
  // event would end the process.
  socket.on('error', ignore);
  try {
    await once(socket, event, { signal });
    return socket.off('error', ignore);
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

function ignore(): void {}
