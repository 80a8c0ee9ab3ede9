import { type ChildProcess, spawn } from 'node:child_process';
import { type Disposable, toDisposable } from '../../base/disposable.ts';

/**
 * The script waits for a line or for the end of its input, which comes when the process on the other side ends in any way. Then
 * it ends the guarded program: it asks first, and kills the rest after two seconds.
 */
const SCRIPT = 'read -r line && exit; kill -s TERM -- "$1"; sleep 2; kill -s KILL -- "$1"';

/**
 * Ends a program when this process is gone, even by SIGKILL, which no process can handle: a login that waits for a
 * browser would otherwise continue with nobody to take its answer. Disposing ends the guard. Does nothing on Windows and
 * without a shell.
 * @param isGroup true if the program leads a process group, which ends with it
 */
export function guardProcess({ pid }: ChildProcess, isGroup: boolean): Disposable {
  if (pid === undefined || process.platform === 'win32') return toDisposable(() => {});
  const guard = spawn('/bin/sh', ['-c', SCRIPT, 'guard', isGroup ? `-${pid}` : String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    // In its own group, the guard survives a signal to this process's group.
    detached: true,
    cwd: '/',
    env: { PATH: '/usr/bin:/bin' },
  });
  guard.on('error', () => {});
  guard.stdin.on('error', () => {});
  guard.unref();
  return toDisposable(() => guard.stdin.end('done\n'));
}
