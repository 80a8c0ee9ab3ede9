import { BlockList, isIP } from 'node:net';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** Returns true if only this machine can reach `address`, which is `localhost` or an IP address. */
export function isLoopback(address: string): boolean {
  const family = isIP(address);
  if (family === 0) return address === 'localhost';
  // Removes the zone (`%lo`). An IPv4 address that is written as IPv6 counts as IPv4.
  return LOOPBACK.check(address.replace(/%.*$/, ''), family === 4 ? 'ipv4' : 'ipv6');
}
