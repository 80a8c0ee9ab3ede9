import { join } from 'node:path';
import { quoteWord } from '../base/shells.ts';
import { type DemoCommandOptions, runDemo } from './commandLine.ts';

/** Runs the demo cluster as this process, until a signal or the end of its starter. */
export async function runDemoProgram(start: DemoCommandOptions['start'], distFolder: string): Promise<void> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
  // The forward host starts the demo with a channel, which closes when the host ends for any reason.
  process.on('disconnect', () => stop.abort());
  process.channel?.unref();
  process.exitCode = await runDemo({
    arguments: process.argv.slice(2),
    start,
    // The path works from the bundle and from the sources. Outside of this folder, npx would look for the name in the registry.
    portForwardCommand: `node ${quoteWord(join(distFolder, 'cli.js'))}`,
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    stop: stop.signal,
  });
}
