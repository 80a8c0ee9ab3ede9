import { type ChildProcess, spawn } from 'node:child_process';
import { type Disposable, toDisposable } from '../../base/disposable.ts';

/**
 * The script of the guard process. When the script reads a line, it exits, because the guarded program has ended. If
 * its input ends without a line, this process has ended: the script sends SIGTERM to the guarded program, and SIGKILL
 * two seconds later.
 */
const SCRIPT = 'read -r line && exit; kill -s TERM -- "$1"; sleep 2; kill -s KILL -- "$1"';

/**
 * Starts a guard process, which ends the program when this process ends, even by SIGKILL. Without a guard, a login that
 * waits for a browser would continue although no process reads its answer. Disposing ends the guard. Does nothing on
 * Windows or if `/bin/sh` is missing.
 * @param isGroup true if the program leads a process group, which the guard ends as a whole
 */
export function guardProcess({ pid }: ChildProcess, isGroup: boolean): Disposable {
  if (pid === undefined || process.platform === 'win32') return toDisposable(() => {});
  const guard = spawn('/bin/sh', ['-c', SCRIPT, 'guard', isGroup ? `-${pid}` : String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    // Starts the guard in a process group of its own: a signal to the group of this process, such as Ctrl-C in a
    // terminal, must not end the guard, which may still have to end the program.
    detached: true,
    cwd: '/',
    env: { PATH: '/usr/bin:/bin' },
  });
  guard.on('error', () => {});
  guard.stdin.on('error', () => {});
  guard.unref();
  return toDisposable(() => guard.stdin.end('done\n'));
}
