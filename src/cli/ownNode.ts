import { type ChildProcess, spawn } from 'node:child_process';
import type { EventEmitter } from 'node:events';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { MINIMUM_NODE, WAITED_FOR_VARIABLE } from './nodeVersion.ts';

/**
 * The delay before a signal is passed to the child, in milliseconds. After Ctrl-C, the terminal itself also sends the
 * signal to the child, and the child usually ends during the delay. If the child still runs, it ignores the passed
 * signal, because the delay is shorter than ECHO_MS (`stopSignals.ts`), the time for which the child ignores further
 * signals.
 */
const PASS_DELAY_MS = 200;

const PASSED_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;

/**
 * Runs the program in a child process with the Node that npm installed with the program, because the Node of this
 * process is too old. Resolves with the exit status.
 */
export async function runWithOwnNode(program: string, args: readonly string[]): Promise<number> {
  const node = findOwnNode(program);
  if (node === undefined) return tooOld();
  const child = spawn(node, [program, ...args], {
    // Opens an IPC channel, which closes when this process ends. The child then ends too, even after a SIGKILL, which
    // cannot be passed on.
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, [WAITED_FOR_VARIABLE]: '1' },
    windowsHide: true,
  });
  const stopPassing = passSignals(process, child);
  const status = await new Promise<number>((resolve) => {
    // Starting fails on Linux systems on which the Node from npm does not run: with musl (Alpine), or without the usual
    // loader (NixOS). The user must then install a newer Node.
    child.once('error', ({ message }) => resolve(tooOld(message)));
    child.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? 'SIGTERM']));
  });
  stopPassing();
  return status;
}

/**
 * Sends the child each signal that asks this process to end, until the returned function is called. Also prevents these
 * signals from ending this process before the child has ended. On Windows, sends nothing: the console notifies both
 * processes, and `kill` would end the child at once.
 */
export function passSignals(
  from: Pick<EventEmitter, 'on' | 'off'>,
  child: Pick<ChildProcess, 'kill'>,
  platform: NodeJS.Platform = process.platform,
): () => void {
  const pass = (signal: NodeJS.Signals): void => {
    if (platform !== 'win32') setTimeout(() => child.kill(signal), PASS_DELAY_MS).unref();
  };
  for (const signal of PASSED_SIGNALS) from.on(signal, pass);
  return () => {
    for (const signal of PASSED_SIGNALS) from.off(signal, pass);
  };
}

/** @param problem why the Node that npm installed does not start; optional, default: npm installed none */
function tooOld(problem?: string): number {
  const why = problem === undefined ? '' : ` (the Node.js that npm installed does not start: ${problem})`;
  process.stderr.write(
    `error: Node.js ${process.versions.node} is too old: install Node.js ${MINIMUM_NODE.join('.')} or later${why}\n`,
  );
  return 1;
}

function findOwnNode(program: string): string | undefined {
  const isWindows = process.platform === 'win32';
  const platform = `${isWindows ? 'win' : process.platform}-${process.arch}`;
  // The npm package that contains Node has one of these names, as in scripts/bootstrap.mjs: for Apple silicon, newer
  // versions have the second name.
  const packageNames = [`node-${platform}`, `node-bin-${platform}`];
  for (let folder = dirname(program); ; folder = dirname(folder)) {
    for (const packageName of packageNames) {
      const node = join(folder, 'node_modules', packageName, 'bin', isWindows ? 'node.exe' : 'node');
      if (existsSync(node)) return node;
    }
    if (folder === dirname(folder)) return undefined;
  }
}
