import type { ChildProcess } from 'node:child_process';

/** The signals by which people and service managers end a program. */
export type EndSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

/**
 * Whether {@link askToEnd} sends a message instead of a signal. Windows has no signals: `kill` ends a process
 * immediately there. `ASK_BY_CHANNEL` selects messages on any system.
 */
export const ASKS_BY_CHANNEL = process.platform === 'win32' || process.env['ASK_BY_CHANNEL'] !== undefined;

/**
 * The options with which a test starts a child process for {@link askToEnd}: Node's arguments before the script, and
 * the `stdio` entries after the three streams.
 */
export const ASKABLE: { readonly nodeArguments: readonly string[]; readonly stdio: readonly 'ipc'[] } =
  ASKS_BY_CHANNEL
    ? { nodeArguments: ['--import', new URL('signalsFromParent.ts', import.meta.url).href], stdio: ['ipc'] }
    : { nodeArguments: [], stdio: [] };

/**
 * Asks a child process to end, on any system: with a signal, or with a message that calls the child's handlers of the
 * signal (`signalsFromParent.ts`).
 */
export function askToEnd(child: ChildProcess, signal: EndSignal = 'SIGTERM'): void {
  if (!ASKS_BY_CHANNEL) child.kill(signal);
  // Ignores an error if the child ends before the message is sent.
  else if (child.connected) child.send({ signal }, () => {});
}
