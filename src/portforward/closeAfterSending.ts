import type { Socket } from 'node:net';
import type { Clock } from '../base/async.ts';

/** How long a peer may still send after a socket has sent its last byte. nginx also waits 30 s (`lingering_time`). */
const DEFAULT_LIMIT_MS = 30_000;

/**
 * Closes a socket after all its bytes are sent. The caller has ended the writable side of the socket, or a pipe will
 * end it. Until the peer ends its side too, the socket stays open, and the bytes that the peer sends are discarded. If
 * the socket were closed earlier, the operating system would answer these bytes with a reset, and a slow peer would
 * lose the bytes that it has not read yet. The caller must not pause the socket after this call, because a paused
 * socket would not notice that the peer has ended its side.
 * @param limitMs how long the peer may still send after the last byte was sent, in milliseconds. Optional, default 30 s
 */
export function closeAfterSending(socket: Socket, clock: Clock, limitMs = DEFAULT_LIMIT_MS): void {
  socket.resume();
  const onFinish = () => {
    if (socket.closed) return;
    const limit = clock.setTimer(limitMs, () => socket.destroy());
    socket.once('close', () => limit.dispose());
  };
  if (socket.writableFinished) onFinish();
  else socket.once('finish', onFinish);
}
