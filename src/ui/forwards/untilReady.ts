import { until } from '../../base/event.ts';
import type { ForwardSnapshot } from '../../rpc/contract.ts';
import type { ForwardsModel } from './forwardsModel.ts';

/** Resolves when the forward is ready or has failed; with undefined if it was stopped. */
export async function untilReady(
  model: ForwardsModel,
  read: () => ForwardSnapshot | undefined,
  signal: AbortSignal,
): Promise<ForwardSnapshot | undefined> {
  let forward: ForwardSnapshot | undefined;
  const isSettled = () => {
    forward = read();
    const type = forward?.state.type;
    return type === undefined || type === 'ready' || type === 'failed' || type === 'stopped';
  };
  await until(model.onDidChange, isSettled, signal);
  return forward;
}
