import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

const READY_LIMIT_MS = 20_000;
const END_LIMIT_MS = 5_000;

export interface ProgramOptions {
  readonly command: string;
  readonly arguments: readonly string[];
  /** Matches the text that the program prints to standard output when it is ready. */
  readonly ready: RegExp;
  /** Environment variables in addition to those of this process. The value undefined removes a variable. Optional. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  /** Whether the program runs in Node and accepts messages over an IPC channel. Optional, default false. */
  readonly hasChannel?: boolean;
}

/** A program that the benchmark started. Disposing of it ends the program, by force if necessary. */
export interface Program extends AsyncDisposable {
  readonly processId: number;
  /** The output of the program until it was ready. */
  readonly readyOutput: string;
  /** The time from the start of the program until it was ready, in milliseconds. */
  readonly startMs: number;
  readonly hasEnded: boolean;
  /** Sends a message over the IPC channel, and waits for the response. */
  ask(message: object, limitMs: number): Promise<unknown>;
}

/**
 * Starts a program and waits until it is ready.
 * @throws Error with the program's output if the program ends before that or takes too long
 */
export async function startProgram(options: ProgramOptions): Promise<Program> {
  const startedAt = performance.now();
  const child = spawn(options.command, options.arguments, {
    stdio: ['ignore', 'pipe', 'pipe', ...(options.hasChannel === true ? ['ipc' as const] : [])],
    env: { ...process.env, ...options.environment },
  });
  try {
    const readyOutput = await untilReady(child, options);
    return {
      processId: child.pid ?? 0,
      readyOutput,
      startMs: performance.now() - startedAt,
      get hasEnded() {
        return hasEnded(child);
      },
      async ask(message, limitMs) {
        const answer = once(child, 'message', { signal: AbortSignal.timeout(limitMs) });
        child.send(message);
        return (await answer)[0];
      },
      [Symbol.asyncDispose]: () => end(child),
    };
  } catch (error) {
    await end(child);
    throw error;
  }
}

function untilReady(child: ChildProcess, { command, ready }: ProgramOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    let out = '';
    let err = '';
    const settle = (finish: () => void) => {
      clearTimeout(limit);
      // Reads and drops later output. Otherwise, the pipe would fill up and block the program.
      child.stdout?.removeAllListeners('data').resume();
      child.stderr?.removeAllListeners('data').resume();
      finish();
    };
    const fail = (why: string) => settle(() => reject(new Error(`${command} ${why}: ${out}${err}`.trim())));
    const limit = setTimeout(() => fail(`is not ready after ${READY_LIMIT_MS / 1000} s`), READY_LIMIT_MS);
    child.stderr?.on('data', (chunk) => {
      err += chunk;
    });
    child.stdout?.on('data', (chunk) => {
      out += chunk;
      if (ready.test(out)) settle(() => resolve(out));
    });
    child.once('error', (error) => fail(error.message));
    child.once('exit', (code, signal) => fail(`ended (${code ?? signal})`));
  });
}

function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}

async function end(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const limit = setTimeout(() => child.kill('SIGKILL'), END_LIMIT_MS);
  await ended;
  clearTimeout(limit);
}
