import { type LocalSystem, windowsTool } from '../base/localSystem.ts';

const LIMIT_MS = 1_000;

/**
 * Returns the range that contains `port` and that Windows reserves for Hyper-V, WSL or Docker, as `3000-3099`. Undefined
 * without such a range, and on other systems.
 */
export async function findReservedRange(port: number, system: LocalSystem): Promise<string | undefined> {
  if (system.platform !== 'win32') return undefined;
  const netsh = windowsTool('netsh.exe', system);
  for (const family of ['ipv4', 'ipv6']) {
    const args = ['interface', family, 'show', 'excludedportrange', 'protocol=tcp'];
    const output = await system.run(netsh, args, LIMIT_MS).catch(() => '');
    // Windows translates the headings. Rows are two numbers, with a star for a range that a person has set.
    for (const [, first, last] of output.matchAll(/^\s*(\d+)\s+(\d+)\s*\*?\s*$/gm)) {
      if (Number(first) <= port && port <= Number(last)) return `${first}-${last}`;
    }
  }
  return undefined;
}
