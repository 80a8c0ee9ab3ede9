import { readdir, readFile, readlink } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { basename } from 'node:path';
import { shortestIPv6 } from '../base/address.ts';

/** A process that listens on a port that this program wants to bind. */
export interface PortHolder {
  readonly processId: number;
  /** The file name of the program. Empty if the system does not report it. */
  readonly program: string;
}

// The indices of columns in `/proc/net/tcp`, and the value of the column STATE for a listening socket (proc_net_tcp in
// the networking documentation of the kernel).
const LOCAL_ADDRESS = 1;
const STATE = 3;
const INODE = 9;
const LISTENING = '0A';
/** The start of an IPv4 address in IPv6 notation (`::ffff:0:0/96`) in `/proc/net/tcp6`. */
const MAPPED = '0000000000000000FFFF0000';

/**
 * Returns the process that listens on `port` and prevents `address` from being bound. Returns undefined if no such
 * process is found. Linux does not tell which sockets belong to the processes of other users, so their processes are
 * never found.
 */
export async function findLinuxPortHolder(address: string, port: number): Promise<PortHolder | undefined> {
  const wanted = toProcAddress(address);
  const inodes = new Set(
    isIPv6(address)
      ? await listeningInodes('/proc/net/tcp6', port, (held) => overlap(held, wanted))
      : [
          ...(await listeningInodes('/proc/net/tcp', port, (held) => overlap(held, wanted))),
          ...(await listeningInodes('/proc/net/tcp6', port, (held) => acceptsIPv4(held, wanted))),
        ],
  );
  if (inodes.size === 0) return undefined;
  for (const entry of await readdir('/proc').catch(() => [])) {
    if (/^\d+$/.test(entry) && (await holdsOneOf(entry, inodes))) {
      return { processId: Number(entry), program: await programName(entry) };
    }
  }
  return undefined;
}

/**
 * Returns whether a socket that listens on the IPv6 address `held` prevents the IPv4 address `wanted` from being bound.
 * A socket on `::` does, because it usually accepts IPv4 connections too. So does a socket on an IPv4 address in IPv6
 * notation (`::ffff:127.0.0.1`), which Java programs use.
 */
function acceptsIPv4(held: string, wanted: string): boolean {
  return isWildcard(held) || (held.startsWith(MAPPED) && overlap(held.slice(MAPPED.length), wanted));
}

function overlap(held: string, wanted: string): boolean {
  return held === wanted || isWildcard(held) || isWildcard(wanted);
}

function isWildcard(procAddress: string): boolean {
  return /^0+$/.test(procAddress);
}

/**
 * Converts an address to the notation of `/proc/net/tcp`: each 32-bit word as a hexadecimal number in the byte order of
 * the machine. Always uses little endian. On a big endian machine, the result matches no line, so no process is found.
 */
function toProcAddress(address: string): string {
  const bytes = isIPv6(address) ? ipv6Bytes(address) : Buffer.from(address.split('.').map(Number));
  return bytes.swap32().toString('hex').toUpperCase();
}

function ipv6Bytes(address: string): Buffer {
  // `shortestIPv6` returns hexadecimal groups with at most one `::`, which replaces groups of zeros.
  const [head = '', tail] = shortestIPv6(address)
    .split('::')
    .map((part) => (part === '' ? [] : part.split(':')));
  const groups = [
    ...head,
    ...Array(tail === undefined ? 0 : 8 - head.length - tail.length).fill('0'),
    ...(tail ?? []),
  ];
  return Buffer.from(groups.map((group: string) => group.padStart(4, '0')).join(''), 'hex');
}

async function listeningInodes(
  table: string,
  port: number,
  isHolder: (procAddress: string) => boolean,
): Promise<string[]> {
  const text = await readFile(table, 'utf8').catch(() => '');
  const wantedPort = port.toString(16).toUpperCase().padStart(4, '0');
  return text
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((columns) => {
      const [address = '', localPort] = columns[LOCAL_ADDRESS]?.split(':') ?? [];
      return columns[STATE] === LISTENING && localPort === wantedPort && isHolder(address);
    })
    .flatMap((columns) => columns[INODE] ?? []);
}

async function holdsOneOf(processId: string, inodes: ReadonlySet<string>): Promise<boolean> {
  const folder = `/proc/${processId}/fd`;
  for (const descriptor of await readdir(folder).catch(() => [])) {
    const target = await readlink(`${folder}/${descriptor}`).catch(() => '');
    const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
    if (inode !== undefined && inodes.has(inode)) return true;
  }
  return false;
}

/**
 * Returns the file name of the program. Does not use the name of the process, because threads can change it (Node's is
 * `MainThread`).
 */
async function programName(processId: string): Promise<string> {
  const path = await readlink(`/proc/${processId}/exe`).catch(() => '');
  return basename(path);
}
