import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The oldest Node that @kubernetes/client-node loads on. */
const MINIMUM = [22, 19] as const;

/** Shorter than what `untilSignal` takes for an echo. */
const PASS_DELAY_MS = 200;

/** Whether this process can run the program itself. */
export function isSupportedNode(version: string = process.versions.node): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > MINIMUM[0] || (major === MINIMUM[0] && minor >= MINIMUM[1]);
}

/** Runs the program with the Node that npm installed beside it; resolves with its exit status. */
export async function runWithOwnNode(program: string, args: readonly string[]): Promise<number> {
  const node = findOwnNode(program);
  if (node === undefined) {
    process.stderr.write(
      `error: Node ${process.versions.node} is too old: install Node ${MINIMUM.join('.')} or newer\n`,
    );
    return 1;
  }
  const child = spawn(node, [program, ...args], { stdio: 'inherit', windowsHide: true });
  // Sent to a process group, as a terminal's Ctrl-C is, it reaches both, and the child is about to end; if not, it takes
  // the two for one.
  const pass = (signal: NodeJS.Signals) => setTimeout(() => child.kill(signal), PASS_DELAY_MS).unref();
  process.on('SIGINT', pass).on('SIGTERM', pass).on('SIGHUP', pass);
  const status = await new Promise<number>((resolve) => {
    child.once('error', () => resolve(1));
    child.once('exit', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 143)));
  });
  process.off('SIGINT', pass).off('SIGTERM', pass).off('SIGHUP', pass);
  return status;
}

function findOwnNode(program: string): string | undefined {
  const isWindows = process.platform === 'win32';
  const packageName = `node-${isWindows ? 'win' : process.platform}-${process.arch}`;
  for (let folder = dirname(program); ; folder = dirname(folder)) {
    const node = join(folder, 'node_modules', packageName, 'bin', isWindows ? 'node.exe' : 'node');
    if (existsSync(node)) return node;
    if (folder === dirname(folder)) return undefined;
  }
}
