import { type Event, until } from '../../base/event.ts';

/**
 * Waits until a forward or gateway is ready, has failed or was stopped. Returns its last state, or undefined if it is
 * no longer in the list.
 */
export async function untilReady<T extends { readonly state: { readonly type: string } }>(
  model: { readonly onDidChange: Event<void> },
  read: () => T | undefined,
  signal: AbortSignal,
): Promise<T | undefined> {
  let current: T | undefined;
  const isSettled = () => {
    current = read();
    const type = current?.state.type;
    return type === undefined || type === 'ready' || type === 'failed' || type === 'stopped';
  };
  await until(model.onDidChange, isSettled, signal);
  return current;
}
