import type { ChildProcess } from 'node:child_process';

/** The signals by which people and service managers end a program. */
export type EndSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

/**
 * Whether {@link askToEnd} sends a message instead of a signal. Windows has no signals: `kill` ends a process
 * immediately there. The environment variable `ASK_BY_CHANNEL` selects messages on any system.
 */
export const ASKS_BY_CHANNEL = process.platform === 'win32' || process.env['ASK_BY_CHANNEL'] !== undefined;

/**
 * A test starts a child process with these options, so that {@link askToEnd} can end the process. `nodeArguments` come
 * before the script. `stdio` comes after the entries for stdin, stdout and stderr.
 */
export const ASKABLE: { readonly nodeArguments: readonly string[]; readonly stdio: readonly 'ipc'[] } =
  ASKS_BY_CHANNEL
    ? { nodeArguments: ['--import', new URL('signalsFromParent.ts', import.meta.url).href], stdio: ['ipc'] }
    : { nodeArguments: [], stdio: [] };

/**
 * Asks a child process to end. Sends a signal, or a message on a system without signals. In the child process,
 * `signalsFromParent.ts` receives the message and calls the handlers of the signal.
 */
export function askToEnd(child: ChildProcess, signal: EndSignal = 'SIGTERM'): void {
  if (!ASKS_BY_CHANNEL) child.kill(signal);
  // Ignores an error if the child ends before the message is sent.
  else if (child.connected) child.send({ signal }, () => {});
}
