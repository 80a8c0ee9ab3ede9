import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';

/** The oldest Node that @kubernetes/client-node loads on. */
const MINIMUM = [22, 19] as const;

/** Shorter than what `untilSignal` takes for an echo. */
const PASS_DELAY_MS = 200;

const PASSED_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;

/** Tells the program that the channel that it was started with is to the process that waits for it. Nobody inherits it. */
const WAITED_FOR_VARIABLE = 'KUBE_PORT_FORWARD_WAITED_FOR';
/** How long it has then to stop in order. Milliseconds. */
const ALONE_LIMIT_MS = 5_000;

/** Whether this process can run the program itself. */
export function isSupportedNode(version: string = process.versions.node): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > MINIMUM[0] || (major === MINIMUM[0] && minor >= MINIMUM[1]);
}

/** Runs the program with the Node that npm installed beside it; resolves with its exit status. */
export async function runWithOwnNode(program: string, args: readonly string[]): Promise<number> {
  const node = findOwnNode(program);
  if (node === undefined) return tooOld();
  const child = spawn(node, [program, ...args], {
    // The channel closes with this process, however that ends: nothing can be passed on from a SIGKILL.
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, [WAITED_FOR_VARIABLE]: '1' },
    windowsHide: true,
  });
  // Sent to a process group, as a terminal's Ctrl-C is, it reaches both, and the child is about to end; if not, it takes
  // the two for one.
  const pass = (signal: NodeJS.Signals) => setTimeout(() => child.kill(signal), PASS_DELAY_MS).unref();
  for (const signal of PASSED_SIGNALS) process.on(signal, pass);
  const status = await new Promise<number>((resolve) => {
    // Linux systems with musl (Alpine) or without the usual loader (NixOS) cannot start it.
    child.once('error', () => resolve(tooOld()));
    child.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? 'SIGTERM']));
  });
  for (const signal of PASSED_SIGNALS) process.off(signal, pass);
  return status;
}

function tooOld(): number {
  process.stderr.write(
    `error: Node ${process.versions.node} is too old: install Node ${MINIMUM.join('.')} or newer\n`,
  );
  return 1;
}

/** Where {@link runWithOwnNode} started this process: it ends when the one that waits for it is gone, as by SIGTERM. */
export function endWithOuterProcess(): void {
  if (process.env[WAITED_FOR_VARIABLE] === undefined) return;
  delete process.env[WAITED_FOR_VARIABLE];
  const end = () => {
    process.kill(process.pid, 'SIGTERM');
    setTimeout(() => process.exit(), ALONE_LIMIT_MS).unref();
  };
  process.once('disconnect', end);
  // Nothing is said over it, and it keeps nobody from ending.
  process.channel?.unref();
  if (process.connected === false) end();
}

function findOwnNode(program: string): string | undefined {
  const isWindows = process.platform === 'win32';
  const platform = `${isWindows ? 'win' : process.platform}-${process.arch}`;
  // As in scripts/bootstrap.mjs: of the programs for Apple silicon, newer ones are published under another name.
  const packageNames = [`node-${platform}`, `node-bin-${platform}`];
  for (let folder = dirname(program); ; folder = dirname(folder)) {
    for (const packageName of packageNames) {
      const node = join(folder, 'node_modules', packageName, 'bin', isWindows ? 'node.exe' : 'node');
      if (existsSync(node)) return node;
    }
    if (folder === dirname(folder)) return undefined;
  }
}
