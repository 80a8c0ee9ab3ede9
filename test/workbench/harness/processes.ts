import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

// The argument by which VS Code's server starts an extension host.
const EXTENSION_HOST = '--type=extensionHost';
const END_LIMIT_MS = 15_000;
const POLL_MS = 50;

interface ProcessEntry {
  readonly id: number;
  readonly parent: number;
  readonly session: number;
}

/**
 * Ends a child process and its descendants, by force if necessary. Does not end descendants that have started their own
 * session (setsid), because such processes are meant to outlive their parent.
 */
export async function endProcessTree(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const descendants = descendantsOf(child.pid);
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), END_LIMIT_MS);
  await ended;
  clearTimeout(timer);
  for (const start = performance.now(); performance.now() - start < END_LIMIT_MS; await delay(POLL_MS)) {
    if (!descendants.some(isSameProcess)) return;
  }
  for (const entry of descendants.filter(isSameProcess)) process.kill(entry.id, 'SIGKILL');
}

/** Returns the descendants of a process that belong to its session (see setsid(2)). Works only on Linux. */
function descendantsOf(root: number): readonly ProcessEntry[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readEntry(Number(name)))
    .filter((entry) => entry !== undefined);
  const session = all.find((entry) => entry.id === root)?.session;
  const found: ProcessEntry[] = [];
  const parents = [root];
  for (let parent = parents.pop(); parent !== undefined; parent = parents.pop()) {
    for (const entry of all) {
      if (entry.parent !== parent || entry.session !== session) continue;
      found.push(entry);
      parents.push(entry.id);
    }
  }
  return found;
}

/** Returns the process IDs of a VS Code server's extension hosts. */
export function extensionHosts(serverProcessId: number): readonly number[] {
  return descendantsOf(serverProcessId)
    .map(({ id }) => id)
    .filter((id) => commandLine(id).includes(EXTENSION_HOST));
}

/** Returns the command line of a process, or an empty text if the process has ended. */
function commandLine(id: number): string {
  try {
    return readFileSync(`/proc/${id}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

/**
 * Returns whether a process is still running. The system may have given the process ID to another process, but that
 * process almost certainly belongs to another session.
 */
function isSameProcess(entry: ProcessEntry): boolean {
  return readEntry(entry.id)?.session === entry.session;
}

/** Reads a process from `/proc`. Returns undefined if the process has ended or is a zombie. See proc_pid_stat(5). */
function readEntry(id: number): ProcessEntry | undefined {
  try {
    const stat = readFileSync(`/proc/${id}/stat`, 'utf8');
    // The program's name in parentheses may contain spaces and parentheses.
    const [state, parent, , session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (state === 'Z') return undefined;
    return { id, parent: Number(parent), session: Number(session) };
  } catch {
    return undefined;
  }
}
