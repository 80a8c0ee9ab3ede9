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
  // Reads and discards data that still arrives, because the stream notices the peer's FIN only when all data before the
  // FIN has been read.
  transport.resume();
  transport.end(() => transport.destroy());
}
