import { readdir, readFile, readlink } from 'node:fs/promises';

// Columns and values of /proc/net/tcp: proc_net_tcp in the kernel's networking documentation.
const LOCAL_ADDRESS = 1;
const STATE = 3;
const INODE = 9;
const LISTENING = '0A';

/**
 * Who listens on a local TCP port, as `name (process 123)`, where the system tells: on Linux, of this user's processes.
 * Undefined where it does not.
 */
export async function findPortHolder(port: number): Promise<string | undefined> {
  if (process.platform !== 'linux') return undefined;
  const inodes = new Set([
    ...(await listeningInodes('/proc/net/tcp', port)),
    ...(await listeningInodes('/proc/net/tcp6', port)),
  ]);
  if (inodes.size === 0) return undefined;
  for (const entry of await readdir('/proc').catch(() => [])) {
    if (/^\d+$/.test(entry) && (await holdsOneOf(entry, inodes))) {
      const name = await readFile(`/proc/${entry}/comm`, 'utf8').catch(() => '');
      return `${name.trim() || 'a program'} (process ${entry})`;
    }
  }
  return undefined;
}

async function listeningInodes(table: string, port: number): Promise<string[]> {
  const text = await readFile(table, 'utf8').catch(() => '');
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return text
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((columns) => columns[STATE] === LISTENING && columns[LOCAL_ADDRESS]?.endsWith(suffix))
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
