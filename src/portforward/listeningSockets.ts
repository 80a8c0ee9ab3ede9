import { isIPv6 } from 'node:net';
import { shortestIPv6 } from '../base/address.ts';
import { type LocalSystem, windowsTool } from '../base/localSystem.ts';

/** A listening TCP socket of this machine. */
export interface ListeningSocket {
  /** An IP address in any notation. `0.0.0.0` and `::` mean all addresses of the family. */
  readonly address: string;
  readonly port: number;
  readonly processId: number;
  /** The program's name. Empty if the listing does not name it. */
  readonly program: string;
}

/**
 * The time limit for each run of `netstat`, `tasklist` or `lsof`, in milliseconds. The start of a forward may wait for
 * these tools. If a tool takes longer, the start continues without its result.
 */
const LIMIT_MS = 1_000;
const LSOF = '/usr/sbin/lsof';

/**
 * Returns all listening TCP sockets, as `netstat` (Windows) or `lsof` (macOS, only processes of this user) lists them.
 * Returns undefined on other systems, if the tool fails, or if it takes more than a second.
 */
export async function listListeningSockets(
  system: LocalSystem,
): Promise<readonly ListeningSocket[] | undefined> {
  try {
    switch (system.platform) {
      case 'win32':
        return parseNetstat(await system.run(windowsTool('netstat.exe', system), ['-ano'], LIMIT_MS));
      case 'darwin': {
        const args = ['-nP', '-iTCP', '-sTCP:LISTEN', '-Fpctn'];
        return parseLsof(await system.run(LSOF, args, LIMIT_MS));
      }
      default:
        return undefined;
    }
  } catch {
    return undefined;
  }
}

/**
 * Returns the socket that conflicts with a bind of `address` and `port`: the bind would fail, or some connections to
 * this address and port would reach the other socket. Returns undefined if there is no such socket.
 */
export function findSocketAt(
  sockets: readonly ListeningSocket[],
  address: string,
  port: number,
): ListeningSocket | undefined {
  const candidates = sockets.filter((socket) => socket.port === port);
  // Prefers a socket on exactly this address to a socket on all addresses, because the system passes connections to the
  // socket on the exact address.
  return (
    candidates.find((socket) => normalized(socket.address) === normalized(address)) ??
    candidates.find((socket) => overlap(socket.address, address))
  );
}

/**
 * Returns the name of a process on Windows, where `netstat` prints only IDs. Returns an empty string if the name is
 * not available.
 */
export async function windowsProgram(processId: number, system: LocalSystem): Promise<string> {
  try {
    const args = ['/fi', `PID eq ${processId}`, '/fo', 'csv', '/nh'];
    const output = await system.run(windowsTool('tasklist.exe', system), args, LIMIT_MS);
    return new RegExp(`^"([^"]+)","${processId}"`, 'm').exec(output)?.[1] ?? '';
  } catch {
    return '';
  }
}

/**
 * Parses the output of `netstat -ano`. Recognizes a listening socket by its remote address, which consists of zeros.
 * Does not use the column for the state, because Windows translates its words.
 */
export function parseNetstat(text: string): ListeningSocket[] {
  const line = /^[ \t]*TCP[ \t]+(\S+):(\d+)[ \t]+(?:0\.0\.0\.0|\[::\]):0[ \t].*?(\d+)[ \t\r]*$/gm;
  return [...text.matchAll(line)].map(([, address = '', port, processId]) => ({
    address: address.replace(/^\[|\]$/g, ''),
    port: Number(port),
    processId: Number(processId),
    program: '',
  }));
}

/**
 * Parses the field output of `lsof` (`lsof(8)`, "Output for other programs"). Each line is a letter and a value. The ID
 * (`p`) and the name (`c`) of a process are printed only once, so their values are retained for all sockets that
 * follow.
 */
export function parseLsof(text: string): ListeningSocket[] {
  const sockets: ListeningSocket[] = [];
  const fields = { p: '', c: '', t: '' };
  for (const line of text.split(/\r?\n/)) {
    const value = line.slice(1);
    switch (line[0]) {
      case 'p':
      case 'c':
      case 't':
        fields[line[0]] = value;
        break;
      case 'n': {
        const [, address = '', port] = /^(.*):(\d+)$/.exec(value) ?? [];
        if (port === undefined) break;
        const all = fields.t === 'IPv6' ? '::' : '0.0.0.0';
        sockets.push({
          address: address === '*' ? all : address.replace(/^\[|\]$/g, ''),
          port: Number(port),
          processId: Number(fields.p),
          program: fields.c.replaceAll('\\x20', ' '),
        });
        break;
      }
    }
  }
  return sockets;
}

/**
 * Returns whether an existing socket on `held` would receive connections that are meant for a new socket on `wanted`.
 * An existing socket on `::` overlaps with every address, because it usually accepts IPv4 too. A new socket on `::`
 * overlaps only with IPv6 addresses, because this program binds it without IPv4.
 */
function overlap(held: string, wanted: string): boolean {
  const [heldAt, wantedAt] = [normalized(held), normalized(wanted)];
  if (heldAt === wantedAt) return true;
  if (heldAt === '::') return true;
  if (isIPv6(held) !== isIPv6(wanted)) return false;
  return heldAt === '0.0.0.0' || wantedAt === '0.0.0.0' || wantedAt === '::';
}

/** Returns an IPv6 address in its shortest notation and without its zone. Returns an IPv4 address unchanged. */
function normalized(address: string): string {
  return isIPv6(address) ? shortestIPv6(address) : address;
}
