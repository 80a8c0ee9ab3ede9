import type { PooledTunnel } from './pooledTunnel.ts';

/**
 * How many tunnels stay open while connections come and go, even if no connection uses them: one for the next
 * connection, and a spare for the connection after that.
 */
export const KEPT_TUNNELS = 2;
/** How long a tunnel beyond {@link KEPT_TUNNELS} may stay unused before it is closed. */
const SURPLUS_LIMIT_MS = 20_000;
/** How long a forward may have no connections before its spare tunnel is closed. One free tunnel stays open. */
const QUIET_LIMIT_MS = 300_000;

/** The tunnel to close next, and the time to do so. */
export interface Surplus {
  readonly tunnel: PooledTunnel;
  readonly atMs: number;
}

/**
 * Returns whether a forward has had no connections for so long that it needs no spare tunnel. The pool then closes the
 * spare tunnel, and opens no new one until the next connection.
 * @param quietSince when the last connection ended, or if there was none yet, when the forward started; undefined if
 *   there is a connection
 */
export function isQuiet(quietSince: number | undefined, now: number): boolean {
  return (quietSince ?? Infinity) + QUIET_LIMIT_MS <= now;
}

/**
 * Returns the tunnel to close next, and when to close it. Returns undefined if every tunnel is needed. One free tunnel
 * always stays open, so that the next connection does not have to wait for a handshake.
 * @param quietSince when the last connection ended, or if there was none yet, when the forward started; undefined if
 *   there is a connection
 */
export function nextSurplus(
  tunnels: Iterable<PooledTunnel>,
  quietSince: number | undefined,
): Surplus | undefined {
  let usable = 0;
  let free = 0;
  for (const tunnel of tunnels) {
    if (tunnel.isClosing) continue;
    usable++;
    if (tunnel.isFree) free++;
  }
  if (free < 2) return undefined;
  let next: Surplus | undefined;
  for (const tunnel of tunnels) {
    if (tunnel.isClosing || !tunnel.isFree || !tunnel.isEmpty) continue;
    const surplusAtMs =
      usable > KEPT_TUNNELS || tunnel.isOutdated ? tunnel.freeSince + SURPLUS_LIMIT_MS : Infinity;
    const atMs = Math.min(surplusAtMs, (quietSince ?? Infinity) + QUIET_LIMIT_MS);
    if (atMs < (next?.atMs ?? Infinity)) next = { tunnel, atMs };
  }
  return next;
}
