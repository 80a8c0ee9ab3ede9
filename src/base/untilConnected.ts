import { once } from 'node:events';
import type { Socket } from 'node:net';

/**
 * Waits until a new socket is connected, and returns the socket. The caller owns it, and must listen for its errors from then on. If it does
 * not connect, it is destroyed.
 * @throws the error of the socket; an `AbortError` when the signal is aborted
 */
export async function untilConnected<Connecting extends Socket>(
  socket: Connecting,
  event: 'connect' | 'secureConnect',
  signal: AbortSignal,
): Promise<Connecting> {
  // After an abort nobody else listens, and an error that comes in the same turn would end the process.
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
