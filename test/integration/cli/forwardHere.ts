import assert from 'node:assert/strict';
import { parseCommandLine } from '../../../src/cli/commandLine.ts';
import { type ForwardServices, runForward } from '../../../src/cli/runForward.ts';

type Given = 'environment' | 'homeFolder' | 'reporter' | 'stop';

/** Runs a forward of the terminal command inside the test process, as if its input were no terminal. */
export async function forwardHere(
  args: readonly string[],
  services: Pick<ForwardServices, Given> & Partial<ForwardServices>,
): Promise<void> {
  const command = parseCommandLine(args);
  assert.ok(command.command === 'forward');
  const quiet = { isTerminalInteractive: false, onPluginOutput: () => {}, onRequest: () => {} };
  await runForward(command, { ...quiet, ...services });
}
