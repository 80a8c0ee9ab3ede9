import type { ChildProcess } from 'node:child_process';

/** The signals that people and service managers end a program with. */
export type EndSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

/** Windows has no signals: `kill` ends a process there, without asking. `ASK_BY_CHANNEL` tries the other way on any system. */
export const ASKS_BY_CHANNEL = process.platform === 'win32' || process.env['ASK_BY_CHANNEL'] !== undefined;

/** How to start a child that {@link askToEnd} reaches: Node's arguments before the script, and what follows the three streams in `stdio`. */
export const ASKABLE: { readonly nodeArguments: readonly string[]; readonly stdio: readonly 'ipc'[] } =
  ASKS_BY_CHANNEL
    ? { nodeArguments: ['--import', new URL('signalsFromParent.ts', import.meta.url).href], stdio: ['ipc'] }
    : { nodeArguments: [], stdio: [] };

/** Asks a child to end, on any system: by the signal, or by a message that its own handlers of the signal answer. */
export function askToEnd(child: ChildProcess, signal: EndSignal = 'SIGTERM'): void {
  if (!ASKS_BY_CHANNEL) child.kill(signal);
  // The child may end meanwhile.
  else if (child.connected) child.send({ signal }, () => {});
}
