import type { EventEmitter } from 'node:events';
import type { Disposable } from '../base/disposable.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Asks for the end once a signal has come. */
export interface StopSignal extends Disposable {
  readonly signal: AbortSignal;
  /** The name of the signal that came. */
  readonly reason: string | undefined;
}

/** Listens for the signals that end a program. A second one ends it at once, as if nobody listened. */
export function untilSignal(target: EventEmitter): StopSignal {
  const abort = new AbortController();
  let reason: string | undefined;
  const onSignal = (signal: string) => {
    reason = signal;
    dispose();
    abort.abort();
  };
  const dispose = () => {
    for (const name of SIGNALS) target.off(name, onSignal);
  };
  for (const name of SIGNALS) target.on(name, onSignal);
  return {
    signal: abort.signal,
    get reason() {
      return reason;
    },
    dispose,
  };
}
