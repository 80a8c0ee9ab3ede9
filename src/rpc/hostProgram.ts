import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { parse } from 'node:path';
import { type Clock, deadline, systemClock } from '../base/async.ts';
import { CodedError, describeError } from '../base/errors.ts';
import { homeFolder } from '../base/homeFolder.ts';
import { printable } from '../base/text.ts';
import { untilLine } from '../base/untilLine.ts';

/** The program of a forward host, and the options of its process. */
export interface HostProgram {
  /** The path of Node, or of Electron, which runs as Node because `ELECTRON_RUN_AS_NODE` is set. */
  readonly execPath: string;
  /** The path of `dist/host.js`. */
  readonly script: string;
  /** The arguments for Node itself, before the script. Optional, default none. */
  readonly nodeArguments?: readonly string[];
  /** The environment variables of the host process. Forwards and plugins use those of their client instead. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /**
   * How long the host runs after its last client has disconnected, in milliseconds. Optional, default: the host's own
   * value.
   */
  readonly lingerMs?: number;
}

/**
 * A host prints one of these lines to report its start: it serves clients (`STARTED_LINE`), another host already serves
 * clients (`OTHER_LINE`), or the start failed (`FAILED_PREFIX`, followed by the reason).
 */
export const STARTED_LINE = 'started';
export const OTHER_LINE = 'another host was faster';
export const FAILED_PREFIX = 'failed: ';

const START_LIMIT_MS = 20_000;

/**
 * Starts a host that outlives this process. Resolves when the new host serves clients, or reports that another host
 * already does. If the new host reports neither in time, kills it. If this process ends during the start, the new host
 * ends too, because the IPC channel between them closes.
 * @throws CodedError `HOST_NOT_STARTED` with the reason; the signal's reason when aborted
 */
export async function startHost(
  program: HostProgram,
  folder: string,
  signal: AbortSignal,
  clock: Clock = systemClock,
): Promise<void> {
  signal.throwIfAborted();
  const child = spawnHost(program, folder);
  const late = () => notStarted(`it was not ready within ${START_LIMIT_MS / 1000} s`);
  using limit = deadline(signal, START_LIMIT_MS, late, clock);
  try {
    const line = await untilLine(child, (text) => (isAnswer(text) ? text : undefined), limit.signal);
    if (line.startsWith(FAILED_PREFIX)) throw new Error(line.slice(FAILED_PREFIX.length));
  } catch (error) {
    child.kill();
    throw limit.signal.aborted ? error : notStarted(describeError(error), error);
  } finally {
    letGo(child);
  }
}

function isAnswer(line: string): boolean {
  return line === STARTED_LINE || line === OTHER_LINE || line.startsWith(FAILED_PREFIX);
}

function notStarted(reason: string, cause?: unknown): CodedError {
  return new CodedError('HOST_NOT_STARTED', { reason: printable(reason) }, cause);
}

function spawnHost(
  { execPath, script, nodeArguments = [], environment, lingerMs }: HostProgram,
  folder: string,
) {
  const linger = lingerMs === undefined ? [] : ['--linger', String(lingerMs)];
  return spawn(execPath, [...nodeArguments, script, '--folder', folder, ...linger], {
    detached: true,
    // `ipc`: if this process ends while the host starts, the channel closes, and so the host knows that it must end.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    cwd: workingFolder(),
    env: { ...environment, ELECTRON_RUN_AS_NODE: '1' },
    windowsHide: true,
  });
}

/**
 * Returns the working folder for the host: the home folder, because users rarely remove or unmount it. If this process
 * cannot enter the home folder (HOME may be that of another user), returns the root of the file system.
 */
function workingFolder(): string {
  try {
    accessSync(homeFolder(), constants.X_OK);
    return homeFolder();
  } catch {
    return parse(process.execPath).root;
  }
}

/**
 * Closes the pipes and the IPC channel to the host process. Otherwise, they would keep this process running as long as
 * the host runs.
 */
function letGo(child: ChildProcess): void {
  child.removeAllListeners();
  child.on('error', () => {});
  child.stdout?.destroy();
  child.stderr?.destroy();
  if (child.connected) child.disconnect();
  child.unref();
}
