import { raceAbort } from '../../base/async.ts';
import type { ForwardSnapshot } from '../../rpc/contract.ts';
import type { ForwardsModel } from './forwardsModel.ts';

/** Resolves with the forward once it carries traffic or has failed; undefined where it was stopped meanwhile. */
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
