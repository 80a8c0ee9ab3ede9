#!/usr/bin/env node
import { dirname, extname, join } from 'node:path';
import { endWithOuterProcess, isSupportedNode } from './cli/nodeVersion.ts';

const EXIT_LIMIT_MS = 2_000;

const program = import.meta.filename;
const hostScript = join(dirname(program), `host${extname(program)}`);

// Older versions of Node cannot load the program's code, so imports the code only if this Node is new enough.
// Otherwise, runs the program in a child process, with the newer Node that npm installed with the program.
if (isSupportedNode()) {
  endWithOuterProcess();
  const { keepCode, loadCommand } = await import('./program.ts');
  const { exitWithUnreadOutput, main } = await loadCommand();
  process.exitCode = await main(process.argv.slice(2), { hostScript, keepCode });
  exitWithUnreadOutput([process.stdout, process.stderr], () => process.exit());
  // If a timer or socket keeps the process running after the command has finished, ends the process after
  // EXIT_LIMIT_MS, because it would probably never end by itself. `unref`: this timer alone does not keep the process
  // running.
  setTimeout(() => process.exit(), EXIT_LIMIT_MS).unref();
} else {
  const { runWithOwnNode } = await import('./cli/ownNode.ts');
  process.exitCode = await runWithOwnNode(program, process.argv.slice(2));
}
