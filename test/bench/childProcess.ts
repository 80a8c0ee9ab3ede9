import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

const START_LIMIT_MS = 20_000;

/** A program that was started by the benchmark and is ended by it. */
export interface Program {
  readonly process: ChildProcess;
  /** What it printed on standard output up to its first match. */
  readonly match: RegExpExecArray;
  stop(): Promise<void>;
}

/** Starts a program and waits until its standard output matches. */
export async function startProgram(
  command: string,
  args: readonly string[],
  ready: RegExp,
  environment: Readonly<Record<string, string>> = {},
): Promise<Program> {
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  });
  const ended = once(child, 'exit');
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    await ended;
  };
  let out = '';
  let err = '';
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  const limit = AbortSignal.timeout(START_LIMIT_MS);
  try {
    const match = await new Promise<RegExpExecArray>((resolve, reject) => {
      child.stdout.on('data', (chunk) => {
        out += chunk;
        const found = ready.exec(out);
        if (found !== null) resolve(found);
      });
      child.once('exit', () => reject(new Error(`${command} ended: ${out}${err}`)));
      limit.addEventListener('abort', () => reject(new Error(`${command} is not ready: ${out}${err}`)));
    });
    return { process: child, match, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
