import { chmodSync, writeFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { describeError } from '../base/errors.ts';
import { ensureHostFolder } from '../rpc/hostFolder.ts';
import { OTHER_LINE, STARTED_LINE } from '../rpc/hostProgram.ts';
import { Host } from './host.ts';

/** A window's reload and a restart of the editor take less. Milliseconds. */
const LINGER_MS = 30_000;
/** What has not let go by then never will. Milliseconds. */
const EXIT_LIMIT_MS = 5_000;

/**
 * The host process: starts, tells on standard output whether it is the one, and runs until nobody needs it. Resolves with
 * the exit status.
 * @param script its own path; the demo cluster's program lies beside it
 */
export async function runHost(args: readonly string[], script: string): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      folder: { type: 'string' },
      linger: { type: 'string' },
      protocol: { type: 'string' },
    },
  });
  // Who starts the host may itself have gone by the time that it says something.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  // It belongs to this process alone: what it starts is told apart by its own means.
  delete process.env.ELECTRON_RUN_AS_NODE;
  try {
    const folder = await ensureHostFolder(values.folder);
    const host = new Host({
      folder,
      script,
      demoScript: join(dirname(script), `demo${extname(script)}`),
      lingerMs: values.linger === undefined ? LINGER_MS : Number(values.linger),
      ...(values.protocol !== undefined && { protocol: Number(values.protocol) }),
    });
    const isTheOne = await host.start();
    process.stdout.write(`${isTheOne ? STARTED_LINE : OTHER_LINE}\n`);
    if (!isTheOne) return 0;
    recordCrashes(folder);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void host.end());
    await host.ended;
    setTimeout(() => process.exit(), EXIT_LIMIT_MS).unref();
    return 0;
  } catch (error) {
    process.stderr.write(`${describeError(error)}\n`);
    return 1;
  }
}

/** Nobody sees this process's standard error: the last crash is left beside its record. */
function recordCrashes(folder: string): void {
  process.on('uncaughtExceptionMonitor', (error) => {
    const path = join(folder, 'last-crash.txt');
    writeFileSync(path, `${new Date().toISOString()}\n${error.stack ?? describeError(error)}\n`);
    chmodSync(path, 0o600);
  });
}
