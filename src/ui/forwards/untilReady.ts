import { type Event, until } from '../../base/event.ts';

/**
 * Waits until a forward or gateway is ready, has failed or was stopped, and resolves with its last snapshot.
 * @param read returns the current snapshot. If `read` returns undefined, the forward or gateway has vanished from the
 *   list. The wait then ends and resolves with undefined
 * @throws the signal's reason when aborted
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
