import type { Harm, PooledTunnel } from './pooledTunnel.ts';

export interface StuckTunnel {
  readonly tunnel: PooledTunnel;
  /** Since when its longest stalled connection has kept it from moving. */
  readonly stalledSince: number;
}

/** The free tunnel that suits the next connection best, in their order. */
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

/** The least harm that a newcomer can do in a tunnel that moves; undefined where none does. */
export function leastHarm(tunnels: Iterable<PooledTunnel>): Harm | undefined {
  let least: Harm | undefined;
  for (const tunnel of tunnels) {
    if (isMoving(tunnel) && (least === undefined || tunnel.harm < least)) least = tunnel.harm;
  }
  return least;
}

/**
 * The tunnel that a connection shares with the least harm, if that is no more than `limit`: large transfers go last, and
 * where all else is equal the least crowded goes first.
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
 * The tunnel whose connection has been stalled for longest, of those that hold somebody up: others in the same tunnel,
 * and where it `isCrowded`, those who wait for a place.
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

/** Whether the first of the numbers that differ is less. */
function isLess(some: readonly number[], others: readonly number[]): boolean {
  for (const [index, number] of some.entries()) {
    const other = others[index] ?? Infinity;
    if (number !== other) return number < other;
  }
  return false;
}
