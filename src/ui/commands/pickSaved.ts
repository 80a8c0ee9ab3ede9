import * as vscode from 'vscode';
import { inform } from '../notify.ts';
import { hasFailed, runningId } from '../present/running.ts';
import { pickFrom } from '../prompts/quickPick.ts';
import {
  notRunning,
  type SavedForward,
  type SettingsScope,
  savedKey,
  savedOf,
} from '../saved/savedForward.ts';
import { scopeText, settingsScopes } from '../saved/savedForwards.ts';
import { entryTarget } from '../saved/savedRows.ts';
import { startSavedForwards } from '../saved/savedStarter.ts';
import { givenRows, idOf } from './commandArguments.ts';
import type { CommandServices } from './commandServices.ts';
import { allRunning } from './running.ts';

/**
 * Returns the saved forward of the row on which a command was run; undefined if the row has none. If the command was
 * run without a row, asks the user to choose a saved forward.
 * @param title the title of the quick pick
 * @param canRun whether saved forwards that already run are among the choices; optional, default true
 */
export async function oneSaved(
  services: CommandServices,
  title: string,
  argument: unknown,
  canRun = true,
): Promise<SavedForward | undefined> {
  const { forwards } = services.saved;
  const given = idOf(argument);
  const running = allRunning(services);
  const one = running.find((each) => runningId(each) === given);
  const found = (one && savedOf(forwards, one)) ?? forwards.find((each) => savedKey(each) === given);
  if (found !== undefined || given !== undefined) return found;
  const choices = canRun ? forwards : startable(services, forwards);
  if (choices.length === 0) {
    informNothingToStart(forwards);
    return undefined;
  }
  return pickFrom(
    title,
    vscode.l10n.t('Choose a saved forward'),
    choices.map((choice) => ({
      label: choice.entry.name,
      description: `${entryTarget(vscode.l10n, choice.entry)} · ${scopeText(choice.scope)}`,
      value: choice,
    })),
  );
}

/**
 * Like {@link oneSaved}, but for a command that applies to several saved forwards: returns those of all selected rows,
 * each only once. Leaves out rows without a saved forward.
 */
export async function givenSaved(
  services: CommandServices,
  title: string,
  argument: unknown,
  selected: unknown,
  canRun = true,
): Promise<readonly SavedForward[]> {
  const rows = givenRows(argument, selected);
  const chosen = await Promise.all(rows.map((row) => oneSaved(services, title, row, canRun)));
  return [...new Set(chosen)].filter((one) => one !== undefined);
}

/**
 * Asks the user in which settings to store a saved forward: user, workspace or folder settings. Returns the user
 * settings without asking if no trusted workspace is open. Undefined if the user cancels.
 * @param describe returns the description of a settings scope in the quick pick; optional, default none
 */
export async function pickScope(
  describe: (scope: SettingsScope) => string = () => '',
): Promise<SettingsScope | undefined> {
  const scopes = settingsScopes();
  const [only] = scopes;
  if (scopes.length === 1) return only;
  return pickFrom(
    vscode.l10n.t('Saved Forwards'),
    vscode.l10n.t('Choose where to save'),
    scopes.map((scope) => ({ label: scopeText(scope), description: describe(scope), value: scope })),
  );
}

/** Starts the given saved forwards, except those that already run. */
export async function startNotRunning(
  services: CommandServices,
  known: readonly SavedForward[],
): Promise<void> {
  const waiting = startable(services, known);
  if (waiting.length === 0) return informNothingToStart(known);
  await startSavedForwards(services, waiting);
}

/**
 * Returns the saved forwards that do not run, and those that have failed, because a start tries a failed forward again.
 */
function startable(services: CommandServices, saved: readonly SavedForward[]): readonly SavedForward[] {
  return notRunning(
    saved,
    allRunning(services).filter((one) => !hasFailed(one)),
  );
}

/**
 * Tells the user why there is nothing to choose or to start: there are no saved forwards, or all of them already run.
 */
function informNothingToStart(known: readonly SavedForward[]): void {
  const { l10n } = vscode;
  inform(
    'information',
    known.length === 0
      ? l10n.t('No saved forwards available.')
      : l10n.t('The saved forwards are already running.'),
  );
}
