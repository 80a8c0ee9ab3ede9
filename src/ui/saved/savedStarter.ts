import * as vscode from 'vscode';
import { COMMANDS } from '../../contributions.ts';
import type { ErrorInfo, ForwardSnapshot } from '../../rpc/contract.ts';
import { toErrorInfo } from '../../rpc/rpcErrors.ts';
import type { ForwardStarter } from '../forwards/forwardStarter.ts';
import { notify } from '../notify.ts';
import { errorText } from '../present/errorText.ts';
import type { EntryStarter } from './entryStarter.ts';
import type { SavedForward } from './savedForward.ts';

interface Failure {
  readonly name: string;
  readonly error: ErrorInfo;
  /** Undefined if the forward could not be started. */
  readonly forward?: ForwardSnapshot;
}

export interface SavedStarterServices {
  readonly entries: EntryStarter;
  readonly starter: ForwardStarter;
}

/**
 * Starts saved forwards and shows the result in one notification.
 * @param isQuiet whether to show only failures
 */
export async function startSavedForwards(
  { entries, starter }: SavedStarterServices,
  saved: readonly SavedForward[],
  isQuiet = false,
): Promise<void> {
  const [only] = saved;
  if (saved.length === 1 && only !== undefined && !isQuiet) return starter.follow(entries.start(only));
  const outcomes = await starter.showProgress(Promise.all(saved.map((one) => startOne(entries, one))));
  const failed = outcomes.flatMap((outcome) => ('error' in outcome ? [outcome] : []));
  const started = outcomes.flatMap((outcome) => ('error' in outcome ? [] : [outcome]));
  const [first] = failed;
  // This message offers more actions.
  if (failed.length === 1 && first?.forward !== undefined) starter.showOutcome(first.forward);
  else if (failed.length > 0) showFailures(failed);
  for (const forward of started) if (forward.state.type !== 'ready') starter.showOutcome(forward);
  const count = started.filter(({ state }) => state.type === 'ready').length;
  if (isQuiet || failed.length > 0 || count === 0) return;
  const { l10n } = vscode;
  notify(
    'information',
    count === 1 ? l10n.t('1 port forwarded') : l10n.t('{count} ports forwarded', { count }),
  );
}

async function startOne(entries: EntryStarter, saved: SavedForward): Promise<ForwardSnapshot | Failure> {
  const { name } = saved.entry;
  try {
    const forward = await entries.start(saved);
    const { state } = forward;
    return state.type === 'failed' ? { name, error: state.error, forward } : forward;
  } catch (error) {
    return { name, error: toErrorInfo(error) };
  }
}

function showFailures(failures: readonly Failure[]): void {
  const { l10n } = vscode;
  const [first] = failures;
  if (first === undefined) return;
  const args = { name: first.name, reason: errorText(l10n, first.error), more: failures.length - 1 };
  const text =
    failures.length === 1
      ? l10n.t("Couldn't forward {name}: {reason}", args)
      : l10n.t("Couldn't forward {name} and {more} more: {reason}", args);
  notify('error', text, [{ title: l10n.t('Show Output'), command: COMMANDS.showOutput, arguments: [] }]);
}
