import { join } from 'node:path';
import { runDemo } from './demo/commandLine.ts';

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
// The forward host starts it with a channel: when the host is gone, however that came, so is the reason to run.
process.on('disconnect', () => stop.abort());
process.channel?.unref();

process.exitCode = await runDemo({
  arguments: process.argv.slice(2),
  // From the bundle as from the sources. Not by its name: outside of this folder npx would look for that in the registry.
  portForwardCommand: `node ${quoted(join(import.meta.dirname, '..', 'dist', 'cli.js'))}`,
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  stop: stop.signal,
});

/** A path for a shell. */
function quoted(path: string): string {
  return /[^\w./:\\-]/.test(path) ? `"${path}"` : path;
}
