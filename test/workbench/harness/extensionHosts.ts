import { readdirSync, readFileSync } from 'node:fs';

// What VS Code's server starts an extension host with.
const EXTENSION_HOST = '--type=extensionHost';

/** The process ids of the extension hosts below a VS Code server, by what Linux tells of its processes. */
export function extensionHosts(serverProcessId: number): readonly number[] {
  const parents = new Map<number, number>();
  const hosts: number[] = [];
  for (const entry of readdirSync('/proc')) {
    const processId = Number(entry);
    if (!Number.isInteger(processId)) continue;
    try {
      const status = readFileSync(`/proc/${entry}/status`, 'utf8');
      parents.set(processId, Number(/^PPid:\s+(\d+)$/m.exec(status)?.[1]));
      if (readFileSync(`/proc/${entry}/cmdline`, 'utf8').includes(EXTENSION_HOST)) hosts.push(processId);
    } catch {
      // It has ended meanwhile.
    }
  }
  return hosts.filter((processId) => isBelow(processId, serverProcessId, parents));
}

function isBelow(processId: number, ancestor: number, parents: ReadonlyMap<number, number>): boolean {
  for (
    let current = parents.get(processId);
    current !== undefined && current > 1;
    current = parents.get(current)
  ) {
    if (current === ancestor) return true;
  }
  return false;
}
