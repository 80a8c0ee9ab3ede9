import { isIPv6 } from 'node:net';
import { type LocalSystem, windowsTool } from '../base/localSystem.ts';

/** A TCP socket of this machine that listens. */
export interface ListeningSocket {
  /** In any notation; `0.0.0.0` or `::` for all addresses of the family. */
  readonly address: string;
  readonly port: number;
  readonly processId: number;
  /** Empty where the listing does not name the program. */
  readonly program: string;
}

/** A listing that takes longer would hold up a forward more than it helps it. Milliseconds. */
const LIMIT_MS = 1_000;
const LSOF = '/usr/sbin/lsof';

/**
 * All TCP sockets that listen, as `netstat` (Windows) and `lsof` (macOS) list them. On macOS those of this user's processes only.
 * Undefined on other systems, and where the tool fails or takes more than a second.
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

/** The socket that keeps `address` from being bound, or that would share its port. */
export function findSocketAt(
  sockets: readonly ListeningSocket[],
  address: string,
  port: number,
): ListeningSocket | undefined {
  const candidates = sockets.filter((socket) => socket.port === port);
  // The very address says more than a wildcard.
  return (
    candidates.find((socket) => normalized(socket.address) === normalized(address)) ??
    candidates.find((socket) => overlap(socket.address, address))
  );
}

/** The name of a process on Windows, where `netstat` gives ids only; empty where it is not to be had. */
export async function windowsProgram(processId: number, system: LocalSystem): Promise<string> {
  try {
    const args = ['/fi', `PID eq ${processId}`, '/fo', 'csv', '/nh'];
    const output = await system.run(windowsTool('tasklist.exe', system), args, LIMIT_MS);
    return new RegExp(`^"([^"]+)","${processId}"`, 'm').exec(output)?.[1] ?? '';
  } catch {
    return '';
  }
}

/** The state's name depends on the language of Windows; a socket that listens is the one without a peer. */
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

/** Whether one of the two takes connections that the other expects. A wildcard of IPv6 mostly takes IPv4 as well. */
function overlap(held: string, wanted: string): boolean {
  const [heldAt, wantedAt] = [normalized(held), normalized(wanted)];
  if (heldAt === wantedAt) return true;
  if (heldAt === '::') return true;
  if (isIPv6(held) !== isIPv6(wanted)) return false;
  return heldAt === '0.0.0.0' || wantedAt === '0.0.0.0' || wantedAt === '::';
}

/** One notation for each address, without its zone: the URL parser writes the shortest. */
function normalized(address: string): string {
  const [bare = ''] = address.split('%');
  return isIPv6(bare) ? new URL(`http://[${bare}]`).hostname.slice(1, -1) : bare;
}
