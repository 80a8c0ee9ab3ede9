import { type ChildProcess, spawn } from 'node:child_process';
import { type Disposable, toDisposable } from '../../base/disposable.ts';

/**
 * The script of the guard process, whose input is a pipe from this process. If the script reads a line, the guarded
 * program has ended, and the script exits. If the input ends without a line, this process has ended. The script then
 * sends SIGTERM to the guarded program, and SIGKILL two seconds later.
 */
const SCRIPT = 'read -r line && exit; kill -s TERM -- "$1"; sleep 2; kill -s KILL -- "$1"';

/**
 * Starts a guard process for a program. If this process ends, even by SIGKILL, the guard ends the program. Without a
 * guard, a plugin that waits for a sign-in in the browser would keep running although nobody reads its answer. Does
 * nothing on Windows, or if `/bin/sh` is missing or cannot be started.
 * @param isGroup true if the program leads a process group, which the guard ends as a whole
 * @returns an object that ends the guard, but not the program, when it is disposed of
 */
export function guardProcess({ pid }: ChildProcess, isGroup: boolean): Disposable {
  if (pid === undefined || process.platform === 'win32') return toDisposable(() => {});
  // Without file handles for the pipe, Node returns a process whose stdin is undefined.
  const guard: ChildProcess = spawn('/bin/sh', ['-c', SCRIPT, 'guard', isGroup ? `-${pid}` : String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    // Puts the guard into a process group of its own. A signal to the group of this process, such as Ctrl-C in a
    // terminal, then does not end the guard, which may still have to end the program.
    detached: true,
    cwd: '/',
    env: { PATH: '/usr/bin:/bin' },
  });
  guard.on('error', () => {});
  guard.stdin?.on('error', () => {});
  guard.unref();
  return toDisposable(() => guard.stdin?.end('done\n'));
}
