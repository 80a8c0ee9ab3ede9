import { execFile } from 'node:child_process';
import type { EventEmitter } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { type Clock, onAbort, systemClock } from '../base/async.ts';
import { type Disposable, DisposableStore, toDisposable } from '../base/disposable.ts';

/**
 * The pause before a background process checks again if it is in the foreground, in milliseconds. The pause is needed
 * because some shells (bash) send no signal to a running process that `fg` brings to the foreground.
 */
const CHECK_MS = 2_000;

export interface TerminalSystem {
  /** Returns whether this process is in the foreground process group of the terminal. */
  readonly isInForeground: () => Promise<boolean>;
  /** Emits SIGCONT when a shell continues this process after Ctrl-Z has stopped it. Emits nothing on Windows. */
  readonly signals: EventEmitter;
  readonly clock: Clock;
}

const SYSTEM: TerminalSystem = { isInForeground, signals: process, clock: systemClock };

/**
 * Resolves when the person at a terminal presses Enter. Rejects with the signal's reason when aborted. Reads from the
 * terminal only during the call, and only while this process is in the foreground: the system would suspend a
 * background process (`&` or `bg` in a shell) that reads from the terminal (SIGTTIN).
 * @param system optional, default this process; tests replace it
 */
export async function untilEnter(
  input: Readable,
  signal: AbortSignal,
  system: TerminalSystem = SYSTEM,
): Promise<void> {
  signal.throwIfAborted();
  using owned = new DisposableStore();
  await new Promise<void>((resolve, reject) => {
    owned.add(onAbort(signal, () => reject(signal.reason)));
    const onData = (chunk: Buffer | string) => {
      if (/[\r\n]/.test(chunk.toString())) resolve();
    };
    owned.add(readInForeground(input, onData, system));
  });
}

/** Calls `onData` with the typed text while this process is in the foreground, until the result is disposed. */
function readInForeground(
  input: Readable,
  onData: (chunk: Buffer | string) => void,
  { isInForeground, signals, clock }: TerminalSystem,
): Disposable {
  let timer: Disposable | undefined;
  let lastCheck = 0;
  const pause = () => {
    lastCheck++;
    timer?.dispose();
    input.pause();
  };
  const check = async () => {
    // Stops reading until it is known whether this process is in the foreground: a shell may have continued it in the
    // background.
    pause();
    const thisCheck = lastCheck;
    const isForeground = await isInForeground();
    if (thisCheck !== lastCheck) return;
    if (isForeground) input.resume();
    else timer = clock.setTimer(CHECK_MS, () => void check());
  };
  void check();
  input.on('data', onData);
  signals.on('SIGCONT', check);
  return toDisposable(() => {
    signals.off('SIGCONT', check);
    input.off('data', onData);
    pause();
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
