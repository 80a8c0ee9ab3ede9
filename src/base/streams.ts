import type { Duplex } from 'node:stream';

const END_LIMIT_MS = 1_000;

/**
 * Closes a byte stream after sending the data that was written. Does not wait until the peer closes its side. If the
 * peer does not read the data within one second, destroys the stream.
 */
export function endSoon(transport: Duplex): void {
  if (transport.destroyed) return;
  const timer = setTimeout(() => transport.destroy(), END_LIMIT_MS);
  transport.once('close', () => clearTimeout(timer));
  // Discards data that still arrives. If the data stayed unread, a FIN of the peer after it would not be noticed
  // either.
  transport.resume();
  transport.end(() => transport.destroy());
}
