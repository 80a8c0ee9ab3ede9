import { isIPv6 } from 'node:net';
import { shortestIPv6 } from '../base/address.ts';
import { type LocalSystem, windowsTool } from '../base/localSystem.ts';

/** A listening TCP socket of this machine. */
export interface ListeningSocket {
  /** In any notation. `0.0.0.0` and `::` mean all addresses of the family. */
  readonly address: string;
  readonly port: number;
  readonly processId: number;
  /** The program's name. Empty if the listing does not name it. */
  readonly program: string;
}

/** A slower listing would delay a forward more than it helps. */
const LIMIT_MS = 1_000;
const LSOF = '/usr/sbin/lsof';

/**
 * Returns all listening TCP sockets by `netstat` (Windows) or `lsof` (macOS, only processes of this user). Undefined on other
 * systems, and if the tool fails or takes more than a second.
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

/** Returns the socket that keeps `address` from being bound, or that would share its port. */
export function findSocketAt(
  sockets: readonly ListeningSocket[],
  address: string,
  port: number,
): ListeningSocket | undefined {
  const candidates = sockets.filter((socket) => socket.port === port);
  // A match of the exact address is more precise than a wildcard.
  return (
    candidates.find((socket) => normalized(socket.address) === normalized(address)) ??
    candidates.find((socket) => overlap(socket.address, address))
  );
}

/** Returns the name of a process on Windows, where `netstat` prints only ids. Empty if the name is not available. */
export async function windowsProgram(processId: number, system: LocalSystem): Promise<string> {
  try {
    const args = ['/fi', `PID eq ${processId}`, '/fo', 'csv', '/nh'];
    const output = await system.run(windowsTool('tasklist.exe', system), args, LIMIT_MS);
    return new RegExp(`^"([^"]+)","${processId}"`, 'm').exec(output)?.[1] ?? '';
  } catch {
    return '';
  }
}

/** Windows translates the state's name, so a listening socket is recognized by its missing peer. */
export function parseNetstat(text: string): ListeningSocket[] {
  const line = /^[ \t]*TCP[ \t]+(\S+):(\d+)[ \t]+(?:0\.0\.0\.0|\[::\]):0[ \t].*?(\d+)[ \t\r]*$/gm;
  return [...text.matchAll(line)].map(([, address = '', port, processId]) => ({
    address: address.replace(/^\[|\]$/g, ''),
    port: Number(port),
    processId: Number(processId),
    program: '',
  }));
}

/** Field output (`lsof(8)`, "Output for other programs"): a letter and a value on each line; files follow their process. */
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
 * Returns whether one of the addresses takes connections meant for the other. A wildcard of IPv6 usually takes IPv4 as well.
 */
function overlap(held: string, wanted: string): boolean {
  const [heldAt, wantedAt] = [normalized(held), normalized(wanted)];
  if (heldAt === wantedAt) return true;
  if (heldAt === '::') return true;
  if (isIPv6(held) !== isIPv6(wanted)) return false;
  return heldAt === '0.0.0.0' || wantedAt === '0.0.0.0' || wantedAt === '::';
}

/** Returns the shortest notation of an address without its zone, as the URL parser writes it. */
function normalized(address: string): string {
  return isIPv6(address) ? shortestIPv6(address) : address;
}
