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

/** The terminal command. @returns its exit status: 0 stopped, 1 failed, 2 wrong usage */
export async function main(args: readonly string[]): Promise<number> {
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
  if (commandLine.command === 'help') out.write(HELP);
  else if (commandLine.command === 'version') out.write(`${version}\n`);
  else
    return await forward(
      commandLine,
      commandLine.output === 'json' ? jsonReporter({ out, err }) : textReporter({ out, err }),
    );
  return EXIT_STOPPED;
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
