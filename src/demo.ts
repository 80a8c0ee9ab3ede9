import { join } from 'node:path';
import { runDemo } from './demo/commandLine.ts';

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
// The forward host starts the demo with a channel, which closes when the host ends for any reason.
process.on('disconnect', () => stop.abort());
process.channel?.unref();

process.exitCode = await runDemo({
  arguments: process.argv.slice(2),
  // The path works from the bundle and from the sources. Outside of this folder, npx would look for the name in the registry.
  portForwardCommand: `node ${quoted(join(import.meta.dirname, '..', 'dist', 'cli.js'))}`,
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  stop: stop.signal,
});

/** Quotes a path for a shell. */
function quoted(path: string): string {
  return /[^\w./:\\-]/.test(path) ? `"${path}"` : path;
}
