import { BlockList, isIP } from 'node:net';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** Whether an address, `localhost` or an IP address, is reached from this machine alone. */
export function isLoopback(address: string): boolean {
  const family = isIP(address);
  if (family === 0) return address === 'localhost';
  // A zone (`%lo`) is no part of the address; an IPv4 address written as IPv6 counts as what it is.
  return LOOPBACK.check(address.replace(/%.*$/, ''), family === 4 ? 'ipv4' : 'ipv6');
}
