import type { ChildProcess } from 'node:child_process';

/** The signals by which people and service managers end a program. */
export type EndSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

/** Windows has no signals: `kill` ends a process there without asking. `ASK_BY_CHANNEL` forces the other way on any system. */
export const ASKS_BY_CHANNEL = process.platform === 'win32' || process.env['ASK_BY_CHANNEL'] !== undefined;

/**
 * The options that make a child reachable for {@link askToEnd}: Node's arguments before the script, and the `stdio` entries
 * after the three streams.
 */
export const ASKABLE: { readonly nodeArguments: readonly string[]; readonly stdio: readonly 'ipc'[] } =
  ASKS_BY_CHANNEL
    ? { nodeArguments: ['--import', new URL('signalsFromParent.ts', import.meta.url).href], stdio: ['ipc'] }
    : { nodeArguments: [], stdio: [] };

/** Asks a child to end on any system: by the signal, or by a message that triggers the child's own handlers of the signal. */
export function askToEnd(child: ChildProcess, signal: EndSignal = 'SIGTERM'): void {
  if (!ASKS_BY_CHANNEL) child.kill(signal);
  // The child may end meanwhile.
  else if (child.connected) child.send({ signal }, () => {});
}
