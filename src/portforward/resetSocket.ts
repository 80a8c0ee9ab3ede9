import type { Socket } from 'node:net';

/**
 * Ends a local connection by a reset. While its FIN is on its way into the kernel (all is written, `finish` is due) Node
 * cannot: it would report `EINVAL` and lose the socket, whose descriptor stays open and keeps the process from ending.
 * Then the connection is closed, which lets the FIN go.
 */
export function resetSocket(socket: Socket): void {
  const isSendingFin = socket.writableEnded && !socket.writableFinished && socket.writableLength === 0;
  if (isSendingFin) socket.destroy();
  else socket.resetAndDestroy();
}
