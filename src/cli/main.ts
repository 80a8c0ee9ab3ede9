import { onAbort, raceAbort, systemClock } from '../base/async.ts';
import type { Stage } from '../base/compiledProgram.ts';
import { DisposableStore } from '../base/disposable.ts';
import { copyEnvironment } from '../base/environment.ts';
import { type CodedError, describeError, type ErrorCode, isCoded, toCoded } from '../base/errors.ts';
import { kubectlHome } from '../base/kubectlHome.ts';
import { printable } from '../base/text.ts';
import { version } from '../base/version.ts';
import { withoutProxyVariables } from '../gateway/variables.ts';
import { parseCommandLine } from './commandLine.ts';
import type { CommandLine, ForwardCommand, ProxyCommand } from './commands.ts';
import { COMPLETE_COMMAND } from './completion/completeCommand.ts';
import { EXIT_FAILED, EXIT_STOPPED, EXIT_USAGE, failureStatus } from './exitStatus.ts';
import { HELP } from './help.ts';
import { jsonReporter, type Reporter, textReporter } from './reporter.ts';
import { runForward } from './runForward.ts';
import { type HostCommand, runInHost } from './runInHost.ts';
import { signalStatus, untilSignal } from './stopSignals.ts';
import { untilEnter } from './terminalInput.ts';
import { untilRead } from './unreadOutput.ts';

export { exitWithUnreadOutput } from './unreadOutput.ts';

/**
 * How long a command may clean up after a signal, in milliseconds. Then the command ends anyway. The limit leaves
 * enough time to close tunnels.
 */
const STOP_LIMIT_MS = 4_000;

/** The path of the forward host's program, and the function that saves the compiled code of this command. */
export interface OwnProgram {
  /** The path of the forward host's program. */
  readonly hostScript: string;
  /** Saves the compiled code, which makes the next start faster. */
  keepCode(stage: Stage): void;
}

/**
 * Runs the terminal command.
 * @returns the exit status: 0 stopped or done, 1 failed, 2 wrong usage
 */
export async function main(args: readonly string[], program: OwnProgram): Promise<number> {
  const { stdout: out, stderr: err } = process;
  // In VS Code's terminals, the scripts in `bin` set this variable for this process. A program that this process runs
  // would inherit the variable, and an Electron program would then run as Node.
  delete process.env.ELECTRON_RUN_AS_NODE;
  // Ignores write errors: if the reader has closed the pipe (`| head`), the command must not crash. A forward continues
  // without output until Ctrl-C.
  out.on('error', () => {});
  err.on('error', () => {});
  if (args[0] === COMPLETE_COMMAND) {
    const { complete } = await import('./completion/complete.ts');
    return await print(await complete(args.slice(1), servicesOf(program)));
  }
  let commandLine: CommandLine;
  try {
    commandLine = parseCommandLine(args);
  } catch (error) {
    err.write(`error: ${describeError(error)} (see kube-port-forward --help)\n`);
    return EXIT_USAGE;
  }
  switch (commandLine.command) {
    case 'help':
      return await print(HELP);
    case 'version':
      return await print(`${version}\n`);
    case 'completion': {
      const { completionScript } = await import('./completion/completionScript.ts');
      return await print(completionScript(commandLine.shell));
    }
    case 'list':
    case 'stop':
    case 'requests':
      return await useHost(commandLine, program);
    case 'proxy':
      return await runProxy(commandLine, program);
    case 'forward':
      return await runUntilSignal(commandLine, program);
  }
}

async function print(text: string): Promise<number> {
  process.stdout.write(text);
  await untilRead(process.stdout);
  return EXIT_STOPPED;
}

/**
 * Runs the command `proxy`: makes the services of namespaces reachable by name, until a signal arrives or the program
 * that the command runs has ended. Returns the exit status.
 */
async function runProxy(command: ProxyCommand, program: OwnProgram): Promise<number> {
  using stop = untilSignal(process);
  try {
    const services = { ...servicesOf(program), stop: stop.signal };
    if (command.detach) {
      const { detachProxy } = await import('./proxy/detachProxy.ts');
      await untilDone(detachProxy(command, services), stop.signal);
      return EXIT_STOPPED;
    }
    const { openProxy } = await import('./proxy/openProxy.ts');
    // If the command runs a program, the terminal belongs to the program. So this process must not read from it to find
    // out whether the person presses Enter.
    const asks = process.stdin.isTTY && command.program === undefined;
    return await openProxy(command, { ...services, ...(asks && { untilEnter: untilEnterHere }) });
  } catch (error) {
    // If a signal arrived before the program of `proxy -- PROGRAM` was started, returns an error status, so that a
    // script does not continue.
    if (stop.signal.aborted) return command.program === undefined ? EXIT_STOPPED : signalStatus(stop.reason);
    const coded = toCoded(error);
    process.stderr.write(`error: ${coded.message}\n`);
    return failureStatus(coded);
  }
}

/**
 * Runs `list`, `stop` or `requests`, which use the forward host. Returns the exit status. If no forward has the given
 * port, but a pod may be meant (`stop 8080`: port 8080 of the pod `stop`), forwards to this pod instead.
 */
async function useHost(command: HostCommand, program: OwnProgram): Promise<number> {
  try {
    await runInHost(command, servicesOf(program));
    return EXIT_STOPPED;
  } catch (error) {
    const otherwise = 'otherwise' in command ? command.otherwise : undefined;
    if (otherwise !== undefined && isCoded(error, 'FORWARD_UNKNOWN')) {
      return await runUntilSignal(otherwise, program, error);
    }
    process.stderr.write(`error: ${describeError(error)}\n`);
    return EXIT_FAILED;
  }
}

/**
 * Runs a forward until it ends or a signal stops it. Returns the exit status: a stop by a signal is not a failure.
 * @param unknownForward for a command line such as `stop 8080`, the error that no forward has the port 8080. If there
 *   is no pod `stop` either, this error is reported instead of the error about the pod. Optional
 */
async function runUntilSignal(
  command: ForwardCommand,
  program: OwnProgram,
  unknownForward?: CodedError,
): Promise<number> {
  const { stdout: out, stderr: err } = process;
  const reporter = command.output === 'json' ? jsonReporter({ out, err }) : textReporter({ out, err });
  using stop = untilSignal(process);
  try {
    const work = command.detach
      ? detachForward(command, program, reporter, stop.signal)
      : forward(command, program, reporter, stop.signal);
    await untilDone(work, stop.signal);
    if (!command.detach) reporter.stopped(stop.reason ?? 'done');
    return EXIT_STOPPED;
  } catch (error) {
    if (stop.signal.aborted) {
      reporter.stopped(stop.reason ?? 'done');
      return EXIT_STOPPED;
    }
    const coded = toCoded(isNoSuchPod(error) ? (unknownForward ?? error) : error);
    reporter.notice({ type: 'failed', error: coded });
    return failureStatus(coded);
  }
}

/**
 * Waits until the work is done. After a signal, waits for at most {@link STOP_LIMIT_MS}, so that the work can clean up.
 * If the work is still not done, rejects: the command then ends even if the work hangs.
 */
async function untilDone(work: Promise<void>, stop: AbortSignal): Promise<void> {
  const limit = new AbortController();
  using owned = new DisposableStore();
  const giveUp = () => limit.abort(stop.reason);
  owned.add(onAbort(stop, () => owned.add(systemClock.setTimer(STOP_LIMIT_MS, giveUp))));
  await raceAbort(work, limit.signal);
}

async function detachForward(
  command: ForwardCommand,
  program: OwnProgram,
  reporter: Reporter,
  stop: AbortSignal,
): Promise<void> {
  const { detach } = await import('./detach.ts');
  await detach(command, { ...servicesOf(program), reporter, stop });
}

async function forward(
  command: ForwardCommand,
  program: OwnProgram,
  reporter: Reporter,
  stop: AbortSignal,
): Promise<void> {
  const isTerminalInteractive = process.stdin.isTTY && command.output === 'text';
  await runForward(command, {
    ...servicesOf(program),
    isTerminalInteractive,
    ...(isTerminalInteractive && { untilEnter: untilEnterHere }),
    onPluginOutput: (line) => process.stderr.write(`${line}\n`),
    onRequest: ({ method, url, outcome, durationMs }) =>
      process.stderr.write(
        `${printable(`${method} ${url} ${outcome} in ${Math.round(durationMs)} milliseconds`)}\n`,
      ),
    onStage: (stage) => program.keepCode(stage),
    reporter,
    stop,
  });
}

/** Resolves when the person at the terminal of this process presses Enter. */
function untilEnterHere(signal: AbortSignal): Promise<void> {
  return untilEnter(process.stdin, signal);
}

/**
 * Returns what all commands need: the environment variables, the home directory, the host's program and the output
 * streams. Removes the variables that `proxy --env` has set in this shell: the command must not depend on that proxy,
 * which may have stopped.
 */
function servicesOf({ hostScript }: OwnProgram) {
  const { env, stdout: out, stderr: err } = process;
  const environment = withoutProxyVariables(copyEnvironment(env));
  return { environment, homeFolder: kubectlHome(env), hostScript, out, err };
}

/** Returns true if there is no pod with this name, or no cluster in which to search for it. */
function isNoSuchPod(error: unknown): boolean {
  const codes: readonly ErrorCode[] = [
    'POD_NOT_FOUND',
    'NAMESPACE_NOT_FOUND',
    'NO_KUBECONFIG',
    'NO_CONTEXTS',
    'NO_CURRENT_CONTEXT',
  ];
  return codes.some((code) => isCoded(error, code));
}
