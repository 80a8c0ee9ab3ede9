import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { parse } from 'node:path';
import { onAbort } from '../base/async.ts';
import { CodedError } from '../base/errors.ts';
import { printable } from '../base/text.ts';

/** How to start a forward host. */
export interface HostProgram {
  /** A Node, or an Electron that is one with `ELECTRON_RUN_AS_NODE`. */
  readonly execPath: string;
  /** `dist/host.js`. */
  readonly script: string;
  /** For Node itself, before the script. */
  readonly nodeArguments?: readonly string[];
  /** What the process starts with; forwards and plugins have their client's. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** How long the host stays after its last client has gone; its own default where missing. Milliseconds. */
  readonly lingerMs?: number;
}

/** What a host writes on its standard output once it is decided, before it closes it. */
export const STARTED_LINE = 'started';
export const OTHER_LINE = 'another host was faster';

const STDERR_LIMIT = 2_000;
const START_LIMIT_MS = 20_000;

/**
 * Starts a host that outlives this process. Resolves when it takes clients, or has found that another does.
 * @throws CodedError `HOST_NOT_STARTED` with the reason; the signal's reason when aborted
 */
export async function startHost(program: HostProgram, folder: string, signal: AbortSignal): Promise<void> {
  const { execPath, script, nodeArguments = [], environment, lingerMs } = program;
  signal.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const child = spawn(
      execPath,
      [
        ...nodeArguments,
        script,
        '--folder',
        folder,
        ...(lingerMs === undefined ? [] : ['--linger', String(lingerMs)]),
      ],
      {
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe'],
        // A working folder would be kept from being removed or unmounted.
        cwd: existsSync(homedir()) ? homedir() : parse(process.execPath).root,
        env: { ...environment, ELECTRON_RUN_AS_NODE: '1' },
        windowsHide: true,
      },
    );
    let errors = '';
    const settle = (finish: () => void) => {
      abort.dispose();
      clearTimeout(timer);
      child.removeAllListeners();
      child.on('error', () => {});
      // The host has closed its ends, or is done with them.
      child.stdout.destroy();
      child.stderr.destroy();
      child.unref();
      finish();
    };
    const fail = (reason: string, cause?: unknown) =>
      settle(() => reject(new CodedError('HOST_NOT_STARTED', { reason: printable(reason) }, cause)));
    const timer = setTimeout(() => {
      child.kill();
      fail(`not within ${START_LIMIT_MS / 1000} s`);
    }, START_LIMIT_MS);
    const abort = onAbort(signal, () => settle(() => reject(signal.reason)));
    child.once('error', (error) => fail(error.message, error));
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors = (errors + text).slice(0, STDERR_LIMIT);
    });
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (text.includes(STARTED_LINE) || text.includes(OTHER_LINE)) settle(resolve);
    });
    child.once('close', (code, ended) => fail(lastLine(errors) || `it ended with ${ended ?? code}`));
  });
}

/** Of a stack trace the first line that says something. */
function lastLine(text: string): string {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  return lines.find((line) => /^\w*Error\b/.test(line)) ?? lines.find((line) => line !== '') ?? '';
}
