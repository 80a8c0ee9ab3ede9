import type { Companion } from '../../workbench/support/companion.ts';

/** How much later than planned the event loop calls a timer that runs all the time, in milliseconds. */
export interface LoopDelay {
  readonly p99: number;
  readonly max: number;
}

/** Measures the delay of the extension host's event loop during an action. */
export async function loopDelayDuring(companion: Companion, action: () => Promise<void>): Promise<LoopDelay> {
  await companion.call('watchLoop');
  await action();
  return companion.call<LoopDelay>('loopDelay');
}
