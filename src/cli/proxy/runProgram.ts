import { type ChildProcess, spawn } from 'node:child_process';
import { type Clock, systemClock } from '../../base/async.ts';
import { type ScopedDisposable, toDisposable } from '../../base/disposable.ts';
import type { EnvironmentVariables } from '../../base/environment.ts';
import { describeError, systemErrorCode, usage } from '../../base/errors.ts';
import { startErrorCode } from '../../base/programPath.ts';
import { findWindowsCommand } from '../../kube/credentials/windowsCommand.ts';
import { ECHO_MS, signalStatus } from '../stopSignals.ts';

/** The exit statuses of shells for a program that is not found or not executable. */
const NOT_FOUND = 127;
const NOT_EXECUTABLE = 126;
/**
 * Signals that are passed to the program. `kill` and service managers send a signal only to this process, but the
 * signal is meant for the program.
 */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGBREAK'] as const;
/**
 * Signals that keys such as Ctrl-C send to all processes of a terminal, including the program. If this process runs in
 * a terminal, it does not pass these signals on, because the program would get them twice.
 */
const FROM_KEYS: ReadonlySet<NodeJS.Signals> = new Set(['SIGINT', 'SIGQUIT']);

/**
 * Runs a program on this terminal with the environment, and passes signals to it. Returns the program's exit status. If
 * a signal ended the program, returns 128 plus the signal's number, as shells do.
 * @param stop if already aborted, the program is not started and the reason is thrown
 */
export async function runProgram(
  program: readonly [string, ...string[]],
  environment: EnvironmentVariables,
  stop: AbortSignal,
): Promise<number> {
  stop.throwIfAborted();
  // Catches signals before the program starts. Otherwise a signal in this moment would have its default effect on this
  // process, such as to end this process, and the program would not get the signal.
  using signals = catchSignals();
  try {
    const child = await start(program, environment, stop);
    signals.passTo(child);
    return await untilEnded(child);
  } catch (error) {
    if (error === stop.reason) throw error;
    const [name] = program;
    const code = systemErrorCode(error) ?? 'unknown';
    const isMissing = (await startErrorCode(code, name, environment)) === 'ENOENT';
    const problem = isMissing ? 'it is not installed or not on the PATH' : describeError(error);
    const coded = usage(`cannot run ${name}: ${problem}`, error);
    process.stderr.write(`error: ${coded.message}\n`);
    return isMissing ? NOT_FOUND : NOT_EXECUTABLE;
  }
}

async function start(
  [name, ...args]: readonly [string, ...string[]],
  environment: EnvironmentVariables,
  stop: AbortSignal,
): Promise<ChildProcess> {
  if (process.platform !== 'win32') return spawn(name, args, { stdio: 'inherit', env: environment });
  const found = await findWindowsCommand(name, args, environment);
  // A program that starts now would miss the Ctrl-C that the console sent during the search.
  stop.throwIfAborted();
  switch (found.type) {
    case 'found':
      return spawn(found.file, found.arguments, {
        stdio: 'inherit',
        env: environment,
        windowsVerbatimArguments: found.isVerbatim,
      });
    case 'missing':
      throw Object.assign(new Error('not found'), { code: 'ENOENT' });
    case 'unquotable':
      throw new Error('it is a batch file, and cmd.exe would change one of its arguments');
  }
}

/**
 * Waits until the program has ended, and returns its exit status. If this process ends first, ends the program too.
 * @throws Error if the program did not start
 */
async function untilEnded(child: ChildProcess): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  child.once('close', (code, signal) => resolve(code ?? signalStatus(signal)));
  // Rejects only if the program did not start. Later, this error means that a signal could not be sent, for example to
  // a program of another user (`sudo`). The program then continues, so the error is ignored.
  child.on('error', (error) => {
    if (child.pid === undefined) reject(error);
  });
  const end = () => child.kill();
  process.on('exit', end);
  try {
    return await promise;
  } finally {
    process.off('exit', end);
  }
}

interface CaughtSignals extends ScopedDisposable {
  /**
   * Passes all further signals to the program. Must be called in the turn of the event loop in which the program was
   * started: Node reports a signal that arrives meanwhile in a later turn, so this signal is passed too.
   */
  passTo(child: ChildProcess): void;
}

/**
 * Catches signals until the returned object is disposed, so that they do not end this process. On Windows, passes
 * nothing to the program: the console itself notifies the program, and `kill` would end the program at once.
 */
function catchSignals(clock: Clock = systemClock): CaughtSignals {
  const caughtAt = new Map<NodeJS.Signals, number>();
  const isTerminal = [process.stdin, process.stdout, process.stderr].some(({ isTTY }) => isTTY);
  let program: ChildProcess | undefined;
  const onSignal = (signal: NodeJS.Signals) => {
    if (process.platform === 'win32' || (isTerminal && FROM_KEYS.has(signal))) return;
    const now = clock.now();
    if (now - (caughtAt.get(signal) ?? Number.NEGATIVE_INFINITY) < ECHO_MS) return;
    caughtAt.set(signal, now);
    program?.kill(signal);
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  const release = toDisposable(() => {
    for (const signal of SIGNALS) process.off(signal, onSignal);
  });
  return {
    ...release,
    passTo(child) {
      program = child;
    },
  };
}
