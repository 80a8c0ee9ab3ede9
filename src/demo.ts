import { runDemo } from './demo/commandLine.ts';

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
// The forward host starts it with a channel: when the host is gone, however that came, so is the reason to run.
process.on('disconnect', () => stop.abort());
process.channel?.unref();

process.exitCode = await runDemo({
  arguments: process.argv.slice(2),
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  stop: stop.signal,
});
