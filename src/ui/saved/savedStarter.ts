import * as vscode from 'vscode';
import { COMMANDS, VIEWS } from '../../contributions.ts';
import type { ErrorInfo, ForwardSnapshot } from '../../rpc/contract.ts';
import type { ForwardStarter } from '../forwards/forwardStarter.ts';
import { toErrorInfo } from '../host/hostError.ts';
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
  const failures = await vscode.window.withProgress({ location: { viewId: VIEWS.forwards } }, () =>
    Promise.all(saved.map((one) => startOne(entries, one))),
  );
  const failed = failures.filter((failure) => failure !== undefined);
  const [first] = failed;
  // This message offers more actions.
  if (failed.length === 1 && first?.forward !== undefined) starter.showOutcome(first.forward);
  else if (failed.length > 0) showFailures(failed);
  else if (!isQuiet && saved.length > 0) {
    const text =
      saved.length === 1
        ? vscode.l10n.t('1 port forwarded')
        : vscode.l10n.t('{count} ports forwarded', { count: saved.length });
    notify('information', text);
  }
}

async function startOne(entries: EntryStarter, saved: SavedForward): Promise<Failure | undefined> {
  const { name } = saved.entry;
  try {
    const forward = await entries.start(saved);
    const { state } = forward;
    return state.type === 'failed' ? { name, error: state.error, forward } : undefined;
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
