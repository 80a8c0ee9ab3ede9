import type { EventEmitter } from 'node:events';
import type { Disposable } from '../base/disposable.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Aborted by the first signal that asks the program to end. */
export interface StopSignal extends Disposable {
  readonly signal: AbortSignal;
  /** The name of the received signal. */
  readonly reason: string | undefined;
}

/** Ctrl-C reaches us twice, from the process group and from a parent that passes it on: treat both within 500 ms as one. */
const ECHO_MS = 500;

/** Listens for the signals that end a program. A second signal after ECHO_MS ends the program at once, by Node's default handler. */
export function untilSignal(target: EventEmitter): StopSignal {
  const abort = new AbortController();
  let reason: string | undefined;
  const unsubscribe = () => {
    for (const name of SIGNALS) target.off(name, onSignal);
  };
  const onSignal = (signal: string) => {
    if (reason !== undefined) return;
    reason = signal;
    setTimeout(unsubscribe, ECHO_MS).unref();
    abort.abort();
  };
  for (const name of SIGNALS) target.on(name, onSignal);
  return {
    signal: abort.signal,
    get reason() {
      return reason;
    },
    dispose() {
      // The second copy of the signal may arrive after dispose, so keep listening.
      if (reason === undefined) unsubscribe();
    },
  };
}
