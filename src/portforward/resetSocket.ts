import type { Socket } from 'node:net';

/**
 * Ends a local connection by a reset. Node cannot reset a socket whose FIN is on its way into the kernel (everything is
 * written, `finish` is due): it reports `EINVAL` and loses the socket, whose open descriptor keeps the process from ending. In
 * that state the function closes the socket, which lets the FIN go.
 */
export function resetSocket(socket: Socket): void {
  const isSendingFin = socket.writableEnded && !socket.writableFinished && socket.writableLength === 0;
  if (isSendingFin) socket.destroy();
  else socket.resetAndDestroy();
}
