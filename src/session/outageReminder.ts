import type { Clock } from '../base/async.ts';
import { type Disposable, toDisposable } from '../base/disposable.ts';
import type { NoticeOf } from '../kinds/forwardNotice.ts';
import type { Session } from './session.ts';

/** The time between two reminders that the session still has no connection to a pod. */
const REMINDER_MS = 30_000;

/**
 * Calls `notify` every 30 s while a session reconnects and has no connection to a pod. The reminders end when the
 * session ends, or earlier if the caller disposes of the result.
 */
export function remindOfOutage(
  session: Pick<Session, 'state' | 'onDidChange'>,
  clock: Clock,
  notify: (outage: NoticeOf<'outage'>) => void,
): Disposable {
  let outage: { readonly sinceMs: number; timer: Disposable } | undefined;
  const remindLater = (sinceMs: number): Disposable =>
    clock.setTimer(REMINDER_MS, () => {
      const { state } = session;
      if (state.type !== 'reconnecting') return;
      outage = { sinceMs, timer: remindLater(sinceMs) };
      const isServerSilent = state.step.type === 'probing';
      notify({ type: 'outage', error: state.error, forMs: clock.now() - sinceMs, isServerSilent });
    });
  const end = (): void => {
    outage?.timer.dispose();
    outage = undefined;
  };
  const subscription = session.onDidChange((state) => {
    if (state.type !== 'reconnecting' || state.step.type === 'unready') return end();
    outage ??= { sinceMs: clock.now(), timer: remindLater(clock.now()) };
  });
  return toDisposable(() => {
    subscription.dispose();
    end();
  });
}
