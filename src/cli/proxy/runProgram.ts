import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { CodedError, describeError, systemErrorCode } from '../../base/errors.ts';

/** The exit statuses of shells for a program that is not found or not executable. */
const NOT_FOUND = 127;
const NOT_EXECUTABLE = 126;
const SIGNALED = 128;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs a program on this terminal with the environment and passes signals to it. Returns its exit status or, like shells, 128
 * plus the number of the signal that ended it.
 * @param stop ends the program, also if aborted while it starts
 */
export async function runProgram(
  [name, ...args]: readonly [string, ...string[]],
  environment: Readonly<Record<string, string | undefined>>,
  stop: AbortSignal,
): Promise<number> {
  stop.throwIfAborted();
  const child = spawn(name, args, { stdio: 'inherit', env: environment });
  const pass = (signal: NodeJS.Signals) => {
    // A terminal sends Ctrl-C to the program as well.
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
  };
  for (const signal of SIGNALS) process.on(signal, pass);
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once('error', (error) => reject(error));
      child.once('close', (code, signal) =>
        resolve(code ?? SIGNALED + (signal ? constants.signals[signal] : 0)),
      );
    });
  } catch (error) {
    const coded = new CodedError('USAGE', { reason: `cannot run ${name}: ${describeError(error)}` }, error);
    process.stderr.write(`error: ${coded.message}\n`);
    return systemErrorCode(error) === 'ENOENT' ? NOT_FOUND : NOT_EXECUTABLE;
  } finally {
    for (const signal of SIGNALS) process.off(signal, pass);
  }
}
