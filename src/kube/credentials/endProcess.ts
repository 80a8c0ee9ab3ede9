import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Clock } from '../../base/async.ts';

/** How long a program has to end by itself before it is killed. */
const GRACE_MS = 2000;

/**
 * Ends a process and, as far as the system lets us, its children: all of a process group of its own, on Windows its tree.
 * Asks first, kills after two seconds what is left, and resolves when nothing is.
 */
export async function endProcess(child: ChildProcess, isGroup: boolean, clock: Clock): Promise<void> {
  const { pid } = child;
  if (pid === undefined) return;
  if (process.platform === 'win32') return await endTree(pid);
  const send = (signal: NodeJS.Signals | 0) => (isGroup ? signalGroup(pid, signal) : child.kill(signal));
  send('SIGTERM');
  if (!send(0)) return;
  await new Promise<void>((resolve) => {
    const finish = () => {
      timer.dispose();
      child.off('exit', onExit);
      resolve();
    };
    // Its children may outlive it.
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

/** Whether there was anyone in the group to take the signal. */
function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-pid, signal);
  } catch {
    return false;
  }
}

/** Windows has no way to ask a program without a console to end. */
async function endTree(pid: number): Promise<void> {
  const killer = spawn('taskkill', ['/pid', String(pid), '/t', '/f'], { windowsHide: true, stdio: 'ignore' });
  await once(killer, 'close').catch(() => {});
}
