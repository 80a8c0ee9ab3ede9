import { BlockList, isIP, isIPv6 } from 'node:net';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/**
 * Returns true if `address` (`localhost` or an IP address) is a loopback address, which only this machine can reach.
 */
export function isLoopback(address: string): boolean {
  const family = isIP(address);
  if (family === 0) return address === 'localhost';
  // Removes the zone, so that `::1%lo` is a loopback address too. An IPv4 loopback address in IPv6 notation
  // (`::ffff:127.0.0.1`) needs no code of its own: `BlockList.check` compares such an address with the IPv4 subnet too.
  return LOOPBACK.check(address.replace(/%.*$/, ''), family === 4 ? 'ipv4' : 'ipv6');
}

/** The addresses that a forward listens on if none are given. */
export const DEFAULT_ADDRESSES: readonly [string] = ['localhost'];

/**
 * A pattern for JSON schemas, in which {@link isListenAddress} cannot be written. It matches every address that a
 * forward can listen on, and some other texts.
 */
export const LISTEN_ADDRESS_PATTERN = '^(localhost|[0-9.]+|[0-9a-fA-F:.]+(%.+)?)$';

/** Returns true if a forward can listen on `address`: it is `localhost` or an IP address. */
export function isListenAddress(address: unknown): address is string {
  return typeof address === 'string' && (address === 'localhost' || isIP(address) !== 0);
}

/** Returns true if an authority in a URL, such as `localhost:8080` or `[::1]`, leads to a loopback address. */
export function isLoopbackAuthority(authority: string): boolean {
  const url = `http://${authority}`;
  return URL.canParse(url) && isLoopback(hostOf(new URL(url)));
}

/**
 * Joins a host name or IP address and a port as in a URL, with brackets around an IPv6 address: `127.0.0.1:8080`,
 * `[::1]:8080`.
 */
export function hostAndPort(host: string, port: number | string): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Returns the host name or IP address of a URL as sockets require it: an IPv6 address has no brackets. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1');
}

/** Returns the shortest notation of an IPv6 address, as the URL parser writes it. Removes the zone (`%lo`). */
export function shortestIPv6(address: string): string {
  return new URL(`http://[${address.replace(/%.*$/, '')}]`).hostname.slice(1, -1);
}
