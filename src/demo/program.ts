import { join } from 'node:path';
import { quoteWord } from '../base/shells.ts';
import { type DemoCommandOptions, runDemo } from './commandLine.ts';

/** Runs the demo cluster until this process receives a signal or its parent process ends. */
export async function runDemoProgram(start: DemoCommandOptions['start'], distFolder: string): Promise<void> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
  // The forward host starts this process with an IPC channel. When the host ends or crashes, the channel closes, and
  // the demo cluster stops too.
  process.on('disconnect', () => stop.abort());
  process.channel?.unref();
  process.exitCode = await runDemo({
    arguments: process.argv.slice(2),
    start,
    // Prints the absolute path of the command, which works in every folder. `npx` would work only in this repository:
    // elsewhere, it would search the npm registry for the name.
    portForwardCommand: `node ${quoteWord(join(distFolder, 'cli.js'))}`,
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    stop: stop.signal,
  });
}
