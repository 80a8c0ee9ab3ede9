import * as vscode from 'vscode';
import { inform } from '../notify.ts';
import { runningId } from '../present/running.ts';
import { pickFrom } from '../prompts/quickPick.ts';
import {
  notRunning,
  type SavedForward,
  type SettingsScope,
  savedKey,
  savedOf,
} from '../saved/savedForward.ts';
import { placeText, savedPlaces } from '../saved/savedForwards.ts';
import { entryTarget } from '../saved/savedRows.ts';
import { idOf } from './commandArguments.ts';
import type { CommandServices } from './commandServices.ts';
import { allRunning } from './running.ts';

/**
 * Returns the saved forward of a command: that of the row, running or not, or the user's choice.
 * @param title of the command, also the title of the question to the user
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
  const choices = canRun ? forwards : notRunning(forwards, running);
  if (choices.length === 0) {
    const text = vscode.l10n.t('No saved forwards available.');
    inform('information', text);
    return undefined;
  }
  return pickFrom(
    title,
    vscode.l10n.t('Choose a saved forward'),
    choices.map((choice) => ({
      label: choice.entry.name,
      description: `${entryTarget(vscode.l10n, choice.entry)} · ${placeText(choice.place)}`,
      value: choice,
    })),
  );
}

/** Asks where to save, if there is a choice. @param describe the description of a place in the pick */
export async function pickPlace(
  describe: (place: SettingsScope) => string = () => '',
): Promise<SettingsScope | undefined> {
  const places = savedPlaces();
  const [only] = places;
  if (places.length === 1) return only;
  return pickFrom(
    vscode.l10n.t('Saved Forwards'),
    vscode.l10n.t('Choose where to save'),
    places.map((place) => ({ label: placeText(place), description: describe(place), value: place })),
  );
}
