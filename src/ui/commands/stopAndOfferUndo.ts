import * as vscode from 'vscode';
import type { ForwardSnapshot } from '../../rpc/contract.ts';
import { notify } from '../notify.ts';
import { forwardName } from '../present/forwardText.ts';
import { usersText } from '../present/usersText.ts';
import type { CommandServices } from './commandServices.ts';

/**
 * Stops forwards for all their users, shows a message, and offers Undo, which restores them on the same local ports for all their
 * users.
 */
export async function stopAndOfferUndo(
  services: CommandServices,
  chosen: readonly ForwardSnapshot[],
  stop: () => Promise<unknown> = () => Promise.all(chosen.map(({ id }) => services.forwards.stop(id))),
): Promise<void> {
  const { forwards } = services;
  // Some forwards may have ended while the user chose.
  const stopped = chosen.flatMap(({ id }) => forwards.find(id) ?? []);
  if (stopped.length === 0) return;
  const running = stopped.filter(isRunning);
  const users = usersText(
    vscode.l10n,
    running.flatMap((forward) => forwards.otherUsers(forward)),
  );
  const elsewhere = running.filter((forward) => !forwards.isOwn(forward)).length;
  await stop();
  const undo = { title: vscode.l10n.t('Undo'), run: () => bringBack(services, stopped) };
  notify('information', stoppedText(stopped, elsewhere, users), [undo]);
}

/** @param users the other users of the stopped forwards */
function stoppedText(stopped: readonly ForwardSnapshot[], elsewhere: number, users: string): string {
  const { l10n } = vscode;
  if (users === '') return countText(stopped, elsewhere);
  // The users of a single forward say where it was started.
  const text = countText(stopped, stopped.length === 1 ? 0 : elsewhere);
  return l10n.t('{stopped} Also used by: {users}.', { stopped: text, users });
}

function countText(stopped: readonly ForwardSnapshot[], elsewhere: number): string {
  const { l10n } = vscode;
  const running = stopped.filter(isRunning);
  const [first] = stopped;
  if (stopped.length === 1 && first !== undefined) {
    const target = forwardName(first);
    if (running.length === 0) return l10n.t('Removed the failed forward {target}.', { target });
    if (elsewhere > 0) return l10n.t('Stopped {target} (started elsewhere).', { target });
    return l10n.t('Stopped {target}.', { target });
  }
  if (running.length === 0) return l10n.t('Removed {count} failed forwards.', { count: stopped.length });
  const count = running.length;
  if (count === 1) {
    return elsewhere > 0 ? l10n.t('Stopped 1 forward (started elsewhere).') : l10n.t('Stopped 1 forward.');
  }
  return elsewhere > 0
    ? l10n.t('Stopped {count} forwards, {elsewhere} of them started elsewhere.', { count, elsewhere })
    : l10n.t('Stopped {count} forwards.', { count });
}

function isRunning({ state }: ForwardSnapshot): boolean {
  return state.type !== 'failed';
}

/** A single forward shows its result. Of several forwards, only failures are shown. */
async function bringBack(
  { forwards, starter, messages }: CommandServices,
  stopped: readonly ForwardSnapshot[],
): Promise<void> {
  const [only] = stopped;
  if (stopped.length === 1 && only !== undefined) return starter.follow(forwards.startAgain(only));
  const outcomes = await Promise.allSettled(stopped.map((forward) => forwards.startAgain(forward)));
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') messages.showError(outcome.reason);
    else if (outcome.value.state.type === 'failed') messages.showOutcome(outcome.value);
  }
}
