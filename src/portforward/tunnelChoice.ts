import type { PooledTunnel } from './pooledTunnel.ts';

export interface StuckTunnel {
  readonly tunnel: PooledTunnel;
  /** Since when its longest stalled connection has been so. */
  readonly stalledSince: number;
}

/** The tunnel that a connection shares with the least harm, of those that move bytes. */
export function bestToShare(moving: readonly PooledTunnel[]): PooledTunnel | undefined {
  return (
    leastLoaded(moving.filter((tunnel) => !tunnel.hasEstablished)) ??
    leastLoaded(moving.filter((tunnel) => !tunnel.hasBulk)) ??
    leastLoaded(moving)
  );
}

/**
 * The tunnel whose connection has been stalled for longest, of those that hold somebody up: others in the same tunnel,
 * and where it `isCrowded`, those who wait for a place.
 */
export function longestStuck(tunnels: Iterable<PooledTunnel>, isCrowded: boolean): StuckTunnel | undefined {
  let longest: StuckTunnel | undefined;
  for (const tunnel of tunnels) {
    if (!tunnel.isPaused || (!isCrowded && tunnel.leaseCount < 2)) continue;
    const { stalledSince } = tunnel;
    if (stalledSince !== undefined && stalledSince < (longest?.stalledSince ?? Infinity)) {
      longest = { tunnel, stalledSince };
    }
  }
  return longest;
}

function leastLoaded(tunnels: readonly PooledTunnel[]): PooledTunnel | undefined {
  return tunnels.toSorted((a, b) => a.leaseCount - b.leaseCount)[0];
}
