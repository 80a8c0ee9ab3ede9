import type { Duplex } from 'node:stream';

const END_LIMIT_MS = 1_000;

/**
 * Ends a byte stream after sending what was written. Does not wait for the peer to end its side, and waits at most one second for a
 * peer that does not read.
 */
export function endSoon(transport: Duplex): void {
  if (transport.destroyed) return;
  const timer = setTimeout(() => transport.destroy(), END_LIMIT_MS);
  transport.once('close', () => clearTimeout(timer));
  // Discards what still arrives: unread data would block the peer's end.
  transport.resume();
  transport.end(() => transport.destroy());
}
