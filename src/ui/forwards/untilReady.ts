import { raceAbort } from '../../base/async.ts';
import type { ForwardSnapshot } from '../../rpc/contract.ts';
import type { ForwardsModel } from './forwardsModel.ts';

/** Resolves when the forward is ready or has failed; with undefined if it was stopped. */
export async function untilReady(
  model: ForwardsModel,
  read: () => ForwardSnapshot | undefined,
  signal: AbortSignal,
): Promise<ForwardSnapshot | undefined> {
  const { promise, resolve } = Promise.withResolvers<ForwardSnapshot | undefined>();
  const check = (): void => {
    const forward = read();
    const type = forward?.state.type;
    if (type === undefined || type === 'ready' || type === 'failed' || type === 'stopped') resolve(forward);
  };
  const subscription = model.onDidChange(check);
  check();
  try {
    return await raceAbort(promise, signal);
  } finally {
    subscription.dispose();
  }
}
