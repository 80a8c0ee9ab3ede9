import * as vscode from 'vscode';
import type { Clock } from '../../base/async.ts';
import { notificationText } from '../present/untrusted.ts';
import type { RunningTask } from './forwardTasks.ts';

/** The delay until a notification shows that debugging waits, in milliseconds. A shorter wait shows no notification. */
const SHOWN_AFTER_MS = 1_000;

/**
 * Shows which tasks a debug session waits for, and why, until `checks` is settled. Resolves with false if the user
 * cancels the session, otherwise with true.
 */
export async function showWait(
  tasks: readonly RunningTask[],
  checks: Promise<unknown>,
  clock: Clock,
): Promise<boolean> {
  const over = checks.then(
    () => true,
    () => true,
  );
  const { promise: shown, resolve: show } = Promise.withResolvers<boolean>();
  const timer = clock.setTimer(SHOWN_AFTER_MS, () => show(true));
  over.then(() => show(false)).catch(() => {});
  const isLong = await shown;
  timer.dispose();
  if (!isLong) return true;
  const names = tasks.map(({ name }) => name).join(', ');
  const title = notificationText(vscode.l10n.t('Waiting for {tasks} before debugging', { tasks: names }));
  const location = vscode.ProgressLocation.Notification;
  return vscode.window.withProgress({ location, title, cancellable: true }, async (progress, token) => {
    const showReasons = () => {
      const reasons = tasks.flatMap(({ task }) => task.reason ?? []);
      if (reasons.length > 0) progress.report({ message: notificationText(reasons.join(' ')) });
    };
    const subscriptions = tasks.map(({ task }) => task.onDidChangeReason(showReasons));
    const { promise: cancelled, resolve: cancel } = Promise.withResolvers<boolean>();
    subscriptions.push(token.onCancellationRequested(() => cancel(false)));
    showReasons();
    try {
      return await Promise.race([over, cancelled]);
    } finally {
      for (const subscription of subscriptions) subscription.dispose();
    }
  });
}
