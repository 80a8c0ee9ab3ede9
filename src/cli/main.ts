import { homedir } from 'node:os';
import { CodedError, describeError, isCoded } from '../base/errors.ts';
import { version } from '../base/version.ts';
import type { CommandLine } from './commandLine.ts';
import { parseCommandLine } from './commandLine.ts';
import { HELP } from './help.ts';
import { jsonReporter, type Reporter, textReporter } from './reporter.ts';
import { runForward } from './runForward.ts';
import { untilSignal } from './stopSignals.ts';

const EXIT_STOPPED = 0;
const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

/**
 * The terminal command.
 * @param hostScript the forward host's program
 * @returns its exit status: 0 stopped or done, 1 failed, 2 wrong usage
 */
export async function main(args: readonly string[], hostScript: string): Promise<number> {
  const { stdout: out, stderr: err } = process;
  // A reader that went away (`| head`) is no reason to crash; Ctrl-C still ends the command.
  out.on('error', () => {});
  err.on('error', () => {});
  let commandLine: CommandLine;
  try {
    commandLine = parseCommandLine(args);
  } catch (error) {
    err.write(`error: ${describeError(error)} (see kube-port-forward --help)\n`);
    return EXIT_USAGE;
  }
  switch (commandLine.command) {
    case 'help':
      out.write(HELP);
      return EXIT_STOPPED;
    case 'version':
      out.write(`${version}\n`);
      return EXIT_STOPPED;
    case 'list':
    case 'stop':
      return await useHost(commandLine, hostScript);
    case 'forward': {
      const reporter =
        commandLine.output === 'json' ? jsonReporter({ out, err }) : textReporter({ out, err });
      if (commandLine.detach) return await useHost(commandLine, hostScript);
      return await forward(commandLine, reporter);
    }
  }
}

/** What the forward host does for the terminal; its code is loaded for that alone. */
async function useHost(
  command: Extract<CommandLine, { command: 'list' | 'stop' | 'forward' }>,
  hostScript: string,
): Promise<number> {
  const { detach, list, stop } = await import('./hostCommands.ts');
  const surroundings = {
    out: process.stdout,
    environment: process.env,
    homeDirectory: homedir(),
    hostScript,
  };
  try {
    if (command.command === 'list') await list(command.output, surroundings);
    else if (command.command === 'stop') await stop(command.names, surroundings);
    else await detach(command, surroundings);
    return EXIT_STOPPED;
  } catch (error) {
    process.stderr.write(`error: ${describeError(error)}\n`);
    return isCoded(error) && isUsage(error) ? EXIT_USAGE : EXIT_FAILED;
  }
}

async function forward(
  command: Extract<CommandLine, { command: 'forward' }>,
  reporter: Reporter,
): Promise<number> {
  const stop = untilSignal(process);
  try {
    await runForward(command, {
      environment: process.env,
      homeDirectory: homedir(),
      isTerminalInteractive: process.stdin.isTTY && command.output === 'text',
      onPluginOutput: (line) => process.stderr.write(`${line}\n`),
      reporter,
      stop: stop.signal,
    });
    reporter.stopped(stop.reason ?? 'done');
    return EXIT_STOPPED;
  } catch (error) {
    if (stop.signal.aborted) {
      reporter.stopped(stop.reason ?? 'done');
      return EXIT_STOPPED;
    }
    const coded = isCoded(error)
      ? error
      : new CodedError('INTERNAL', { reason: describeError(error) }, error);
    reporter.failed(coded);
    return isUsage(coded) ? EXIT_USAGE : EXIT_FAILED;
  } finally {
    stop.dispose();
  }
}

/** What the words of the command line are wrong about, whatever the cluster says. */
function isUsage({ code }: CodedError): boolean {
  return (
    code === 'USAGE' ||
    code === 'INVALID_PORT' ||
    code === 'INVALID_TARGET' ||
    code === 'INVALID_ADDRESS' ||
    code === 'DUPLICATE_LOCAL_PORT'
  );
}
