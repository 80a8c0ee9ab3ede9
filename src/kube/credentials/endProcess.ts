import type { ChildProcess } from 'node:child_process';
import type { Clock } from '../../base/async.ts';
import { type LocalSystem, thisSystem, windowsTool } from '../../base/localSystem.ts';

/** How long a program may continue after SIGTERM before it is killed, in milliseconds. */
const GRACE_MS = 2000;

/**
 * Ends a process. If the process leads a process group (`isGroup`), ends all processes of the group. Sends SIGTERM
 * first, and two seconds later SIGKILL to the processes that still run. On Windows, ignores `isGroup`, and kills the
 * process and its children at once.
 */
export async function endProcess(child: ChildProcess, isGroup: boolean, clock: Clock): Promise<void> {
  const { pid } = child;
  if (pid === undefined) return;
  if (process.platform === 'win32') return await endTree(child, clock, thisSystem, endById);
  const send = (signal: NodeJS.Signals | 0) => (isGroup ? signalGroup(pid, signal) : child.kill(signal));
  send('SIGTERM');
  if (!send(0)) return;
  await new Promise<void>((resolve) => {
    const finish = () => {
      timer.dispose();
      child.off('exit', onExit);
      resolve();
    };
    // Called when the process has exited. If its children in the group still run, does not finish yet: the timer kills
    // them later.
    const onExit = () => {
      if (!send(0)) finish();
    };
    const timer = clock.setTimer(GRACE_MS, () => {
      send('SIGKILL');
      finish();
    });
    child.on('exit', onExit);
  });
}

/**
 * Sends a signal to a process group. Signal 0 only tests whether the group exists. Returns true if the group exists.
 */
function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-pid, signal);
  } catch {
    return false;
  }
}

/** Time limit for `taskkill` and for PowerShell, in milliseconds. */
const TOOL_LIMIT_MS = 5_000;
const EXIT_LIMIT_MS = 500;
const LIST_PROCESSES =
  'Get-CimInstance Win32_Process | ForEach-Object { "$($_.ProcessId) $($_.ParentProcessId)" }';

/** The part of a child process that {@link endTree} uses. */
type EndingProcess = Pick<ChildProcess, 'pid' | 'exitCode' | 'signalCode'> & {
  once(event: 'exit', listener: () => void): unknown;
};

/**
 * Kills a process and all its descendants on Windows. Does not ask them to end first, because Windows cannot ask a
 * program without a console to end. If `taskkill` fails, lists the processes with PowerShell and kills them one by one.
 * If PowerShell fails too, kills only the process itself.
 * @param end ends one process by its ID
 */
export async function endTree(
  child: EndingProcess,
  clock: Clock,
  system: LocalSystem,
  end: (processId: number) => void,
): Promise<void> {
  const { pid } = child;
  if (pid === undefined) return;
  const isRunning = () => child.exitCode === null && child.signalCode === null;
  const taskkill = windowsTool('taskkill.exe', system);
  await system.run(taskkill, ['/pid', String(pid), '/t', '/f'], TOOL_LIMIT_MS).catch(() => {});
  if (isRunning()) await untilExit(child, clock);
  if (!isRunning()) return;
  const powershell = windowsTool('WindowsPowerShell\\v1.0\\powershell.exe', system);
  const args = ['-NoProfile', '-NonInteractive', '-Command', LIST_PROCESSES];
  const listing = await system.run(powershell, args, TOOL_LIMIT_MS).catch(() => '');
  // The child process was still running when PowerShell began to list the processes. Therefore `pid` in the listing is
  // this child, not a later process with the same ID, and the descendants of `pid` are those of this child.
  for (const processId of descendantsOf(pid, listing)) end(processId);
  if (isRunning()) end(pid);
}

/**
 * Waits for the `exit` event of a killed process, which Node emits only a moment after `taskkill` has ended. After
 * {@link EXIT_LIMIT_MS}, resolves without the event.
 */
function untilExit(child: EndingProcess, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.setTimer(EXIT_LIMIT_MS, resolve);
    child.once('exit', () => {
      timer.dispose();
      resolve();
    });
  });
}

/** Returns the IDs of all descendants of a process. Each line of the listing is `PROCESS_ID PARENT_ID`. */
export function descendantsOf(processId: number, listing: string): readonly number[] {
  const pairs = [...listing.matchAll(/^(\d+) (\d+)\s*$/gm)].map(([, id, parent]) => [
    Number(id),
    Number(parent),
  ]);
  const found = new Set<number>();
  const visit = (parent: number) => {
    for (const [id = 0, itsParent] of pairs) {
      if (itsParent !== parent || id === processId || id === 0 || found.has(id)) continue;
      found.add(id);
      visit(id);
    }
  };
  visit(processId);
  return [...found];
}

/** Kills a process. Does nothing if the process has already ended. */
function endById(processId: number): void {
  try {
    process.kill(processId, 'SIGKILL');
  } catch {
    // The process has already ended.
  }
}
