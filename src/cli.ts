#!/usr/bin/env node
import { dirname, extname, join } from 'node:path';
import { endWithOuterProcess, isSupportedNode } from './cli/nodeVersion.ts';

const EXIT_LIMIT_MS = 2_000;

const program = import.meta.filename;
const hostScript = join(dirname(program), `host${extname(program)}`);

// Older versions of Node cannot load the program's code, so the code is imported only after this check.
if (isSupportedNode()) {
  endWithOuterProcess();
  const { keepCode, loadCommand } = await import('./program.ts');
  const { exitWithUnreadOutput, main } = await loadCommand();
  process.exitCode = await main(process.argv.slice(2), { hostScript, keepCode });
  exitWithUnreadOutput([process.stdout, process.stderr], () => process.exit());
  // Ends the process this long after the command has finished, even if a timer or socket is still in use: it would
  // probably stay in use forever. Because of `unref`, a process without such work ends at once.
  setTimeout(() => process.exit(), EXIT_LIMIT_MS).unref();
} else {
  const { runWithOwnNode } = await import('./cli/ownNode.ts');
  process.exitCode = await runWithOwnNode(program, process.argv.slice(2));
}
