import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import type { ReadStream } from 'node:tty';
import { promisify } from 'node:util';
import { onAbort } from '../base/async.ts';

/**
 * Resolves when the person at a terminal presses Enter. Rejects with the signal's reason when aborted. Reads from the
 * terminal only during the call. In a background process (`&` in a shell), never reads and never resolves, because the
 * system would suspend a background process that reads from the terminal (SIGTTIN).
 */
export async function untilEnter(input: ReadStream, signal: AbortSignal): Promise<void> {
  const isForeground = await isInForeground();
  signal.throwIfAborted();
  return await new Promise((resolve, reject) => {
    const end = () => {
      input.off('data', onData).pause();
      abort.dispose();
    };
    const onData = (chunk: Buffer | string) => {
      if (!/[\r\n]/.test(chunk.toString())) return;
      end();
      resolve();
    };
    const abort = onAbort(signal, () => {
      end();
      reject(signal.reason);
    });
    if (isForeground) input.on('data', onData).resume();
  });
}

/**
 * Returns whether this process is in the foreground process group of the terminal. On Linux, reads `tpgid` of
 * proc_pid_stat(5). On other systems, runs `ps`, which shows a `+` for a process in that group.
 */
async function isInForeground(): Promise<boolean> {
  if (process.platform === 'win32') return true;
  try {
    if (process.platform === 'linux') {
      const text = await readFile('/proc/self/stat', 'utf8');
      const [, , group, , , foreground] = text.slice(text.lastIndexOf(')') + 2).split(' ');
      return group === foreground;
    }
    const { stdout } = await promisify(execFile)('ps', ['-o', 'stat=', '-p', String(process.pid)]);
    return stdout.includes('+');
  } catch {
    return false;
  }
}
