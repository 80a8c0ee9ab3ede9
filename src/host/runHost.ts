import { dirname, extname, join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Disposable } from '../base/disposable.ts';
import { describeError, systemErrorCode } from '../base/errors.ts';
import { printable } from '../base/text.ts';
import { ensureHostFolder } from '../rpc/hostFolder.ts';
import { FAILED_PREFIX, OTHER_LINE, STARTED_LINE } from '../rpc/hostProgram.ts';
import { containFailures, recordCrashes, stackOf } from './containment.ts';
import { Host } from './host.ts';
import { releaseIdleMemory } from './idleMemory.ts';
import { runKeeper } from './keeper.ts';

/**
 * How long the host runs after its last client has disconnected, in milliseconds. A window that reloads, or an editor
 * that restarts, connects again within this time.
 */
const LINGER_MS = 30_000;
/**
 * The time limit for the process to end by itself: after a signal, after the host has ended, or after the host has
 * failed to start. After this time, the process exits even if a socket or child process would keep it running.
 */
const EXIT_LIMIT_MS = 5_000;
const CRASH_LIMIT_MS = 500;

/**
 * Runs the host in this process. If `args` contains `--keeper`, runs the keeper instead, the process that starts
 * forwards again if the host dies. The host prints whether it serves clients, or why it cannot start. Resolves with the
 * exit status when the host or keeper has ended.
 * @param script the path of this program; the demo cluster's program is in the same folder
 * @param onStarted called when the host serves clients
 */
export async function runHost(
  args: readonly string[],
  script: string,
  onStarted: () => void,
): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      folder: { type: 'string' },
      linger: { type: 'string' },
      protocol: { type: 'string' },
      keeper: { type: 'boolean' },
    },
  });
  // The process that started this process may end first. Writing to its closed pipe then fails, which must not end the
  // host.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  // Removes ELECTRON_RUN_AS_NODE. A child process, such as a plugin, would inherit the variable, and an Electron
  // program would then run as Node.
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
    const isLeader = await host.start(starter.signal);
    process.stdout.write(`${isLeader ? STARTED_LINE : OTHER_LINE}\n`);
    starter.dispose();
    if (!isLeader) return 0;
    onStarted();
    await untilEnded(host, folder);
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
    // After an uncaught error, the state of the host is unknown. So the process ends, as it would without this handler.
    process.stderr.write(`${stackOf(error)}\n`, () => process.exit(1));
    setTimeout(() => process.exit(1), CRASH_LIMIT_MS);
  });
  const end = () => {
    void host.end();
    setTimeout(() => process.exit(), EXIT_LIMIT_MS).unref();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end);
  const idleMemory = releaseIdleMemory();
  await host.ended;
  idleMemory.dispose();
}

/**
 * Watches the process that started this process. The signal is aborted if that process ends or gives up before the host
 * is ready. Disposing closes the IPC channel to that process.
 */
function watchStarter(): Disposable & { readonly signal: AbortSignal } {
  const abort = new AbortController();
  const onGone = () => abort.abort();
  process.once('disconnect', onGone);
  // `connected` is undefined if this process was started without an IPC channel. The process that started this process
  // then cannot give up the start, so the signal is never aborted.
  if (process.connected === false) onGone();
  return {
    signal: abort.signal,
    dispose() {
      process.off('disconnect', onGone);
      if (process.connected) process.disconnect();
    },
  };
}

/**
 * Returns the reason why the host could not start, in words that a user understands. A user knows nothing of the host's
 * sockets and records, so the text for a file error names only the folder.
 */
function whyNot(error: unknown, folder = ''): string {
  const code = systemErrorCode(error);
  switch (code) {
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return `cannot write to ${printable(folder)} (${code})`;
    case 'ENOSPC':
    case 'EDQUOT':
      return `no space left in ${printable(folder)} (${code})`;
    default:
      return describeError(error);
  }
}
