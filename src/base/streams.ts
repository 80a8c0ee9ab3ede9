import type { Duplex } from 'node:stream';

const END_LIMIT_MS = 1_000;

/**
 * Ends a byte stream so that what was written still leaves, but neither waits for the peer's own end nor, for longer than
 * a second, for a peer that reads nothing.
 */
export function endSoon(transport: Duplex): void {
  if (transport.destroyed) return;
  const timer = setTimeout(() => transport.destroy(), END_LIMIT_MS);
  transport.once('close', () => clearTimeout(timer));
  // What still arrives is of no interest, but unread it would hold back the peer's end.
  transport.resume();
  transport.end(() => transport.destroy());
}
