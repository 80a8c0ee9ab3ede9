import { chmodSync, writeFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Disposable } from '../base/disposable.ts';
import { describeError, systemErrorCode } from '../base/errors.ts';
import { printable } from '../base/text.ts';
import { ensureHostFolder } from '../rpc/hostFolder.ts';
import { FAILED_PREFIX, OTHER_LINE, STARTED_LINE } from '../rpc/hostProgram.ts';
import { containFailures } from './containment.ts';
import { Host } from './host.ts';
import { runKeeper } from './keeper.ts';

/** A window's reload and a restart of the editor take less. Milliseconds. */
const LINGER_MS = 30_000;
/** What has not let go by then never will. Milliseconds. */
const EXIT_LIMIT_MS = 5_000;
const CRASH_LIMIT_MS = 500;

/**
 * The host process: starts, tells on standard output whether it is the one, or why it cannot start, and runs until nobody needs it. Resolves with
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
      keeper: { type: 'boolean' },
    },
  });
  // Who starts the host may itself have gone by the time that it says something.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  // It belongs to this process alone: what it starts is told apart by its own means.
  delete process.env.ELECTRON_RUN_AS_NODE;
  const lingerMs = values.linger === undefined ? LINGER_MS : Number(values.linger);
  if (values.keeper === true && values.folder !== undefined) {
    await runKeeper({ folder: values.folder, script, lingerMs });
    return 0;
  }
  const starter = watchStarter();
  let folder = values.folder;
  try {
    folder = await ensureHostFolder(values.folder);
    const host = new Host({
      folder,
      script,
      demoScript: join(dirname(script), `demo${extname(script)}`),
      lingerMs,
      ...(values.protocol !== undefined && { protocol: Number(values.protocol) }),
    });
    const isTheOne = await host.start(starter.signal);
    process.stdout.write(`${isTheOne ? STARTED_LINE : OTHER_LINE}\n`);
    starter.dispose();
    if (isTheOne) await untilEnded(host, folder);
    return 0;
  } catch (error) {
    process.stdout.write(`${FAILED_PREFIX}${whyNot(error, folder)}\n`);
    return 1;
  } finally {
    starter.dispose();
    setTimeout(() => process.exit(), EXIT_LIMIT_MS).unref();
  }
}

async function untilEnded(host: Host, folder: string): Promise<void> {
  recordCrashes(folder);
  containFailures((error) => {
    // Nothing is known of the state that it leaves: the process ends, as it would if nobody listened.
    process.stderr.write(`${error instanceof Error ? error.stack : describeError(error)}\n`, () =>
      process.exit(1),
    );
    setTimeout(() => process.exit(1), CRASH_LIMIT_MS);
  });
  const end = () => {
    void host.end();
    setTimeout(() => process.exit(), EXIT_LIMIT_MS).unref();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end);
  await host.ended;
}

/** Aborted where whoever starts this host is gone, or gives up, before it is decided. Disposing lets go of the channel to him. */
function watchStarter(): Disposable & { readonly signal: AbortSignal } {
  const abort = new AbortController();
  const onGone = () => abort.abort();
  process.once('disconnect', onGone);
  // Undefined where nobody watches over the start.
  if (process.connected === false) onGone();
  return {
    signal: abort.signal,
    dispose() {
      process.off('disconnect', onGone);
      if (process.connected) process.disconnect();
    },
  };
}

/** For a person, who knows nothing of sockets and records. */
function whyNot(error: unknown, folder = ''): string {
  const code = systemErrorCode(error);
  switch (code) {
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return `nothing can be written in ${printable(folder)} (${code})`;
    case 'ENOSPC':
    case 'EDQUOT':
      return `there is no space left in ${printable(folder)} (${code})`;
    default:
      return describeError(error);
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
