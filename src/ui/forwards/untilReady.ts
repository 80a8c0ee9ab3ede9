import { type Event, until } from '../../base/event.ts';

/** Resolves when it is ready or has failed; with undefined if it was stopped. */
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
