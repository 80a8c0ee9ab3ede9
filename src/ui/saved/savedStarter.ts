import * as vscode from 'vscode';
import { namesProblem } from '../../kinds/gateway.ts';
import type { ErrorInfo } from '../../rpc/messages.ts';
import { toErrorInfo } from '../../rpc/rpcErrors.ts';
import type { ForwardMessages } from '../forwards/forwardMessages.ts';
import type { ForwardStarter } from '../forwards/forwardStarter.ts';
import { showGatewayOutcome } from '../gateways/openNamespaces.ts';
import { notify, outputButton } from '../notify.ts';
import { errorText } from '../present/errorText.ts';
import { type Running, snapshotOf } from '../present/running.ts';
import type { EntryStarter } from './entryStarter.ts';
import type { SavedForward } from './savedForward.ts';

interface Failure {
  readonly name: string;
  readonly error: ErrorInfo;
  /** The forward or gateway that has failed; undefined if it could not be started at all. */
  readonly running?: Running;
}

export interface SavedStarterServices {
  readonly entries: EntryStarter;
  readonly starter: ForwardStarter;
  readonly messages: ForwardMessages;
}

/**
 * Starts saved forwards and shows the results. Shows one notification for all failures or, if there are none, one
 * notification with the number of ready forwards. Shows a separate notification for each forward or gateway that is not
 * ready but still tries to connect. If `saved` has only one forward and `isQuiet` is false, shows the usual message for
 * this forward instead.
 * @param isQuiet whether to show nothing about ready forwards. Optional, default false.
 */
export async function startSavedForwards(
  services: SavedStarterServices,
  saved: readonly SavedForward[],
  isQuiet = false,
): Promise<void> {
  const { entries, starter } = services;
  const [only] = saved;
  if (saved.length === 1 && only !== undefined && !isQuiet) return startOnly(services, only);
  const outcomes = await starter.showProgress(Promise.all(saved.map((one) => startOne(entries, one))));
  const failed = outcomes.flatMap((outcome) => ('error' in outcome ? [outcome] : []));
  const started = outcomes.flatMap((outcome) => ('error' in outcome ? [] : [outcome]));
  const [first] = failed;
  // If only one forward has failed, the usual message for a failed forward is shown, because that message has more
  // buttons than the message for several failures.
  if (failed.length === 1 && first?.running !== undefined) showOutcome(services, first.running);
  else if (failed.length > 0) showFailures(failed);
  for (const running of started) if (!isReady(running)) showOutcome(services, running);
  const count = started.filter(isReady).length;
  if (isQuiet || failed.length > 0 || count === 0) return;
  const { l10n } = vscode;
  notify(
    'information',
    count === 1 ? l10n.t('1 port forwarded') : l10n.t('{count} ports forwarded', { count }),
  );
}

async function startOnly(services: SavedStarterServices, only: SavedForward): Promise<void> {
  const { entries, starter, messages } = services;
  try {
    showOutcome(services, await starter.showProgress(entries.start(only)));
  } catch (error) {
    messages.showError(error);
  }
}

function showOutcome({ starter }: SavedStarterServices, running: Running): void {
  if (running.type === 'forward') starter.showOutcome(running.forward);
  else showGatewayOutcome(running.gateway, running.gateway.specification.namespaces);
}

/**
 * Returns true if the forward or gateway is ready. A gateway can serve several namespaces, and is ready if it knows the
 * services of all of them.
 */
function isReady(running: Running): boolean {
  const isWhole = running.type === 'forward' || namesProblem(running.gateway) === undefined;
  return isWhole && snapshotOf(running).state.type === 'ready';
}

async function startOne(entries: EntryStarter, saved: SavedForward): Promise<Running | Failure> {
  const { name } = saved.entry;
  try {
    const running = await entries.start(saved);
    const { state } = snapshotOf(running);
    return state.type === 'failed' ? { name, error: state.error, running } : running;
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
  notify('error', text, [outputButton()]);
}
