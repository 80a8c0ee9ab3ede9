import type { EventEmitter } from 'node:events';
import type { Disposable } from '../base/disposable.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Asks for the end once a signal has come. */
export interface StopSignal extends Disposable {
  readonly signal: AbortSignal;
  /** The name of the signal that came. */
  readonly reason: string | undefined;
}

/** Who signals a whole process group reaches us a second time by a parent that passes it on: that is one. Milliseconds. */
const ECHO_MS = 500;

/** Listens for the signals that end a program. A second one, later than an echo, ends it at once, as if nobody listened. */
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
      // The echo may come after all has been stopped, and is to be heard until then.
      if (reason === undefined) unsubscribe();
    },
  };
}
