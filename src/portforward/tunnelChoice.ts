import type { PooledTunnel } from './pooledTunnel.ts';

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
export function longestStuck(
  tunnels: Iterable<PooledTunnel>,
  isCrowded: boolean,
): (PooledTunnel & { readonly stalledSince: number }) | undefined {
  return [...tunnels]
    .filter((tunnel) => tunnel.isPaused && (isCrowded || tunnel.leaseCount > 1))
    .filter((tunnel) => tunnel.stalledSince !== undefined)
    .map((tunnel) => tunnel as PooledTunnel & { readonly stalledSince: number })
    .sort((a, b) => a.stalledSince - b.stalledSince)[0];
}

function leastLoaded(tunnels: readonly PooledTunnel[]): PooledTunnel | undefined {
  return tunnels.toSorted((a, b) => a.leaseCount - b.leaseCount)[0];
}
