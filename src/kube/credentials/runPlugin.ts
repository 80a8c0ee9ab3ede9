import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { join, parse } from 'node:path';
import type { Readable } from 'node:stream';
import { type Clock, onAbort, systemClock } from '../../base/async.ts';
import { decodeText } from '../../base/decodeText.ts';
import { DisposableStore } from '../../base/disposable.ts';
import type { EnvironmentVariables } from '../../base/environment.ts';
import { systemErrorCode } from '../../base/errors.ts';
import { findOnPath, startErrorCode } from '../../base/programPath.ts';
import { endProcess } from './endProcess.ts';
import { guardProcess } from './guardProcess.ts';
import { findWindowsCommand, type WindowsCommand } from './windowsCommand.ts';

/**
 * The most output to accept from a plugin, in bytes: more than any credential has. A plugin that writes more is ended.
 */
const OUTPUT_LIMIT = 1024 * 1024;
/**
 * If a line has not ended after this many characters, the part that has arrived is passed to `onMessage`, so that an
 * endless line does not fill the memory.
 */
const LINE_LIMIT = 4096;
/**
 * How long to wait for the end of the output after a plugin has exited, in milliseconds. Without this limit, a child of
 * the plugin that keeps the pipe open would delay the result forever.
 */
const DRAIN_MS = 1000;

export interface PluginProcess {
  readonly command: string;
  readonly arguments: readonly string[];
  /** The environment variables of the plugin. */
  readonly environment: EnvironmentVariables;
  /**
   * The environment variables of the calling program, without those that the kubeconfig adds for the plugin. As in
   * client-go, `command` is looked up in the `PATH` of this environment, not of the plugin's environment.
   */
  readonly callerEnvironment: EnvironmentVariables;
  readonly workingDirectory: string;
  /** True if the plugin uses this process's terminal for questions and answers. */
  readonly isInteractive: boolean;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly clock?: Clock;
  /**
   * Called with each line that the plugin writes to stderr, as it arrives. Not called if the plugin is interactive,
   * because its stderr is then the terminal.
   */
  readonly onMessage: (line: string) => void;
}

/** How the run of a plugin ended. */
export type PluginResult =
  | { readonly type: 'finished'; readonly output: string }
  | { readonly type: 'failed'; readonly exit: string }
  | { readonly type: 'notStarted'; readonly errorCode: string }
  /** The plugin is a batch file, and `cmd.exe` would change its arguments. */
  | { readonly type: 'unquotable' }
  | { readonly type: 'timedOut' }
  | { readonly type: 'tooLong' };

/**
 * Runs a plugin to its end, without a shell. Ends the plugin and its children early if the time limit is reached, the
 * output is too long or the signal is aborted. On Linux and macOS, also ends them if this process ends, but never ends
 * the children of an interactive plugin.
 * @throws the `reason` of the signal when aborted; every other failure is a {@link PluginResult}
 */
export async function runPlugin(plugin: PluginProcess): Promise<PluginResult> {
  plugin.signal.throwIfAborted();
  const { clock = systemClock, isInteractive } = plugin;
  // Puts the plugin into a process group of its own, so that its children can be ended too. An interactive plugin needs
  // the terminal, which only one group can use, so it must stay in the group of this process.
  const isGroup = !isInteractive && process.platform !== 'win32';
  const command = await commandOf(plugin);
  plugin.signal.throwIfAborted();
  if (command.type === 'missing') return { type: 'notStarted', errorCode: 'ENOENT' };
  if (command.type === 'unquotable') return { type: 'unquotable' };
  let child: ChildProcess;
  try {
    child = start(plugin, command, isGroup);
  } catch (error) {
    return await notStarted(plugin, error);
  }
  const owned = new DisposableStore();
  const guard = guardProcess(child, isGroup);
  try {
    return await new Promise<PluginResult>((resolve, reject) => {
      const output = collect(child.stdout, () => resolve({ type: 'tooLong' }));
      // Without file handles for the pipes, Node returns a process whose streams are undefined.
      if (child.stderr) passLines(child.stderr, plugin.onMessage);
      // Passes the promise of `notStarted` to `resolve` at once, instead of awaiting it first. Node also emits `close`
      // for a program that did not start. During an `await`, the handler of `close` would resolve with another result.
      child.once('error', (error) => resolve(notStarted(plugin, error)));
      const finish = () => resolve(toResult(child, output()));
      child.once('close', finish);
      child.once('exit', () => owned.add(clock.setTimer(DRAIN_MS, finish)));
      owned.add(clock.setTimer(plugin.timeoutMs, () => resolve({ type: 'timedOut' })));
      owned.add(onAbort(plugin.signal, () => reject(plugin.signal.reason)));
    });
  } finally {
    owned.dispose();
    if (child.exitCode === null && child.signalCode === null) await endProcess(child, isGroup, clock);
    guard.dispose();
    child.stdout?.destroy();
    child.stderr?.destroy();
  }
}

/**
 * Returns how to start the plugin. On Windows, looks for the file to start with {@link findWindowsCommand}, because
 * Node would not find batch files. On other systems, Node looks for a bare name in the `PATH` of the plugin. If the
 * calling program has a different `PATH`, this function looks for the file in that `PATH` instead. Otherwise, returns
 * the command unchanged.
 */
async function commandOf(plugin: PluginProcess): Promise<WindowsCommand> {
  const { command, arguments: args, environment, callerEnvironment } = plugin;
  if (process.platform === 'win32') return await findWindowsCommand(command, args, callerEnvironment);
  const isFixed = command.includes('/') || environment['PATH'] === callerEnvironment['PATH'];
  const file = isFixed ? command : await findOnPath(command, callerEnvironment);
  return file === undefined
    ? { type: 'missing' }
    : { type: 'found', file, arguments: args, isVerbatim: false };
}

/**
 * Starts the plugin. Node throws some errors of `spawn`, and emits the other ones as the event `error`. The caller must
 * handle both kinds.
 */
function start(
  plugin: PluginProcess,
  command: Extract<WindowsCommand, { type: 'found' }>,
  isGroup: boolean,
): ChildProcess {
  return spawn(command.file, [...command.arguments], {
    windowsVerbatimArguments: command.isVerbatim,
    cwd: enterable(plugin.workingDirectory),
    env: plugin.environment,
    stdio: plugin.isInteractive ? ['inherit', 'pipe', 'inherit'] : ['ignore', 'pipe', 'pipe'],
    detached: isGroup,
    shell: false,
    windowsHide: true,
  });
}

/**
 * Returns the folder if the user can enter it, otherwise the root folder. `spawn` fails in a folder that cannot be
 * entered, and its error is the same as for a missing program.
 */
function enterable(folder: string): string {
  try {
    accessSync(join(folder, '.'), constants.X_OK);
    return folder;
  } catch {
    return parse(process.execPath).root;
  }
}

/**
 * Returns the result for a plugin that could not be started. The result contains only an error code, because Node's
 * message about invalid arguments (`ERR_…`) quotes the arguments, which may contain secrets.
 */
async function notStarted(
  { command, callerEnvironment }: PluginProcess,
  error: unknown,
): Promise<PluginResult> {
  const code = systemErrorCode(error) ?? 'unknown';
  if (code.startsWith('ERR_')) return { type: 'notStarted', errorCode: 'EINVAL' };
  return { type: 'notStarted', errorCode: await startErrorCode(code, command, callerEnvironment) };
}

function toResult(child: ChildProcess, output: string): PluginResult {
  if (child.exitCode === 0) return { type: 'finished', output };
  return { type: 'failed', exit: child.signalCode ?? `exit code ${child.exitCode}` };
}

function collect(stream: Readable | null, onTooLong: () => void): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  stream?.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > OUTPUT_LIMIT) onTooLong();
    else chunks.push(chunk);
  });
  stream?.on('error', () => {});
  return () => decodeText(Buffer.concat(chunks));
}

function passLines(stream: Readable, onLine: (line: string) => void): void {
  let rest = '';
  const pass = (line: string) => {
    if (line.trim() !== '') onLine(line.trimEnd());
  };
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    // A carriage return ends a line too, because programs redraw their progress with it.
    const lines = (rest + chunk).split(/\r?\n|\r/);
    rest = lines.pop() ?? '';
    for (const line of lines) pass(line);
    if (rest.length > LINE_LIMIT) {
      pass(rest);
      rest = '';
    }
  });
  stream.on('error', () => {});
  stream.once('close', () => pass(rest));
}
