import type { Socket } from 'node:net';
import type { Clock } from '../base/async.ts';

/** How long a peer may still send after a socket has sent its last byte. nginx also waits 30 s (`lingering_time`). */
const LIMIT_MS = 30_000;

/**
 * Closes a socket whose side is ended, or is being ended, after all its bytes are sent. Discards what the peer still
 * sends, until the peer has ended its side too: the operating system answers bytes for a closed socket with a reset,
 * and drops the bytes that a slow peer has not read yet. The caller must not pause the socket any more.
 */
export function closeAfterSending(socket: Socket, clock: Clock): void {
  socket.resume();
  const onFinish = () => {
    if (socket.closed) return;
    const limit = clock.setTimer(LIMIT_MS, () => socket.destroy());
    socket.once('close', () => limit.dispose());
  };
  if (socket.writableFinished) onFinish();
  else socket.once('finish', onFinish);
}
