import type { Socket } from 'node:net';

/**
 * Ends a local connection with a reset. If everything is written and only the FIN is still being sent, Node cannot
 * reset the socket: Node reports `EINVAL` and leaks the descriptor, which keeps the process from ending. In this state,
 * the function closes the socket instead, and the FIN is sent.
 */
export function resetSocket(socket: Socket): void {
  const isSendingFin = socket.writableEnded && !socket.writableFinished && socket.writableLength === 0;
  if (isSendingFin) socket.destroy();
  else socket.resetAndDestroy();
}
