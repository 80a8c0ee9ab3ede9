import type { EventEmitter } from 'node:events';
import { constants } from 'node:os';
import { type ScopedDisposable, toDisposable } from '../base/disposable.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** An AbortSignal that is aborted by the first operating system signal that asks the program to end. */
export interface StopSignal extends ScopedDisposable {
  readonly signal: AbortSignal;
  /** The name of the first signal; undefined until a signal arrives. */
  readonly reason: NodeJS.Signals | undefined;
}

/** Returns the exit status of a program that a signal ended, as shells do: 128 plus the signal's number. */
export function signalStatus(signal: NodeJS.Signals | null | undefined): number {
  return 128 + (signal ? constants.signals[signal] : 0);
}

/**
 * How long further signals are ignored after a signal, in milliseconds. Ctrl-C may reach this process twice: from the
 * terminal, and from a parent process that passes the signal on.
 */
export const ECHO_MS = 500;

/**
 * Returns a StopSignal, which is aborted by the first SIGINT, SIGTERM or SIGHUP. A further signal ends the program at
 * once, as Node does by default, but only if it arrives more than {@link ECHO_MS} after the first.
 */
export function untilSignal(target: EventEmitter): StopSignal {
  const abort = new AbortController();
  let reason: NodeJS.Signals | undefined;
  const unsubscribe = () => {
    for (const name of SIGNALS) target.off(name, onSignal);
  };
  const onSignal = (signal: NodeJS.Signals) => {
    if (reason !== undefined) return;
    reason = signal;
    setTimeout(unsubscribe, ECHO_MS).unref();
    abort.abort();
  };
  for (const name of SIGNALS) target.on(name, onSignal);
  const release = toDisposable(() => {
    // After a signal, keeps the handlers until {@link ECHO_MS} is over: a parent process may send the same signal
    // again, and without a handler this signal would end the process.
    if (reason === undefined) unsubscribe();
  });
  return {
    ...release,
    signal: abort.signal,
    get reason() {
      return reason;
    },
  };
}
