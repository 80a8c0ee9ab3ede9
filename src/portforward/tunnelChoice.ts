import type { Harm, PooledTunnel } from './pooledTunnel.ts';

export interface StuckTunnel {
  readonly tunnel: PooledTunnel;
  /** When a stalled connection began to block the tunnel. */
  readonly stalledSince: number;
}

/**
 * Returns the best free tunnel for the next connection. Avoids tunnels of a less preferred transport (`isOutdated`).
 * Also avoids tunnels in which a local client still waits for bytes after its FIN, because the new connection could
 * block these bytes. If several tunnels are equally good, returns the first. Returns undefined if no tunnel is free.
 */
export function bestFree(tunnels: Iterable<PooledTunnel>): PooledTunnel | undefined {
  let best: PooledTunnel | undefined;
  let least = Infinity;
  for (const tunnel of tunnels) {
    if (!tunnel.isIdle) continue;
    const flaws = (tunnel.isOutdated ? 2 : 0) + (tunnel.hasAwaited ? 1 : 0);
    if (flaws === 0) return tunnel;
    if (flaws < least) [best, least] = [tunnel, flaws];
  }
  return best;
}

/**
 * Returns the smallest {@link Harm} that a new connection could do in any of the tunnels. If even this harm is too
 * much, the pool opens another tunnel. Considers only tunnels that are neither paused nor closing. Returns undefined if
 * there are none.
 */
export function leastHarm(tunnels: Iterable<PooledTunnel>): Harm | undefined {
  let least: Harm | undefined;
  for (const tunnel of tunnels) {
    if (isMoving(tunnel) && (least === undefined || tunnel.harm < least)) least = tunnel.harm;
  }
  return least;
}

/**
 * Returns the tunnel in which a new connection does the least harm, if this harm is at most `limit`. If several
 * tunnels have the same harm, prefers tunnels without large transfers, then the tunnel with the fewest connections.
 */
export function bestToShare(tunnels: Iterable<PooledTunnel>, limit: Harm): PooledTunnel | undefined {
  let best: { readonly tunnel: PooledTunnel; readonly cost: readonly number[] } | undefined;
  for (const tunnel of tunnels) {
    if (!isMoving(tunnel)) continue;
    const { harm, load } = tunnel;
    if (harm > limit) continue;
    const cost = [harm, Number(tunnel.hasBulk), load];
    if (best === undefined || isLess(cost, best.cost)) best = { tunnel, cost };
  }
  return best?.tunnel;
}

/**
 * Returns the tunnel that a stalled connection has blocked the longest, so that the pool can reset this connection. A
 * tunnel in which the stalled connection blocks no other connection counts only if `isCrowded` is true.
 * @param isCrowded whether connections wait for a slot and the pool cannot add a tunnel
 */
export function longestStuck(tunnels: Iterable<PooledTunnel>, isCrowded: boolean): StuckTunnel | undefined {
  let longest: StuckTunnel | undefined;
  for (const tunnel of tunnels) {
    if (!tunnel.isPaused || (!isCrowded && !tunnel.holdsOthersUp)) continue;
    const { stalledSince } = tunnel;
    if (stalledSince !== undefined && stalledSince < (longest?.stalledSince ?? Infinity)) {
      longest = { tunnel, stalledSince };
    }
  }
  return longest;
}

function isMoving(tunnel: PooledTunnel): boolean {
  return !tunnel.isClosing && !tunnel.isPaused;
}

/**
 * Compares two lists of numbers: at the first position where they differ, returns whether `some` has the smaller
 * number.
 */
function isLess(some: readonly number[], others: readonly number[]): boolean {
  const index = some.findIndex((number, at) => number !== others[at]);
  return index !== -1 && (some[index] ?? Infinity) < (others[index] ?? Infinity);
}
