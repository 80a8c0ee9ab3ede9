import { type ChildProcess, spawn } from 'node:child_process';
import { type Disposable, toDisposable } from '../../base/disposable.ts';

/**
 * Waits for a line, or for the end of what it is told by. That end comes with the end of the process that holds the other side, however
 * it ends. Then it ends the program that it guards: asks first, and kills what is left after two seconds.
 */
const SCRIPT = 'read -r line && exit; kill -s TERM -- "$1"; sleep 2; kill -s KILL -- "$1"';

/**
 * Ends a program when this process is gone, by SIGKILL too, of which no process hears: a login that waits for a browser would go on
 * with nobody to take its answer. Disposing ends the guarding. On Windows, and where there is no shell, nothing is guarded.
 * @param isGroup whether the program leads a process group, which is ended with it
 */
export function guardProcess({ pid }: ChildProcess, isGroup: boolean): Disposable {
  if (pid === undefined || process.platform === 'win32') return toDisposable(() => {});
  const guard = spawn('/bin/sh', ['-c', SCRIPT, 'guard', isGroup ? `-${pid}` : String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    // In a group of its own it outlives a signal to this process's group.
    detached: true,
    cwd: '/',
    env: { PATH: '/usr/bin:/bin' },
  });
  guard.on('error', () => {});
  guard.stdin.on('error', () => {});
  guard.unref();
  return toDisposable(() => guard.stdin.end('done\n'));
}
