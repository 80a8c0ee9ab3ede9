import type { Companion } from '../../workbench/support/companion.ts';

/** Beyond what the event loop waits anyway, milliseconds. */
export interface LoopDelay {
  readonly p99: number;
  readonly max: number;
}

/** How late the extension host's event loop was while an action went on. */
export async function loopDelayDuring(companion: Companion, action: () => Promise<void>): Promise<LoopDelay> {
  await companion.call('watchLoop');
  await action();
  return companion.call<LoopDelay>('loopDelay');
}
