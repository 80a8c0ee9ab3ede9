import * as vscode from 'vscode';
import { gatewayRowId } from '../gateways/gatewayRows.ts';
import { pickFrom } from '../prompts/quickPick.ts';
import {
  notRunning,
  type SavedForward,
  type SettingsScope,
  savedKey,
  savedOf,
  savedOfGateway,
} from '../saved/savedForward.ts';
import { placeText, savedPlaces } from '../saved/savedForwards.ts';
import { entryTarget } from '../saved/savedRows.ts';
import { idOf } from './commandArguments.ts';
import type { CommandServices } from './commandServices.ts';

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
  const { saved, forwards, gateways } = services;
  const given = idOf(argument);
  const running = given === undefined ? undefined : forwards.find(given);
  const gateway = gateways.all.find((one) => gatewayRowId(one) === given);
  const found =
    (running && savedOf(saved.forwards, running)) ??
    (gateway && savedOfGateway(saved.forwards, gateway)) ??
    saved.forwards.find((one) => savedKey(one) === given);
  if (found !== undefined || given !== undefined) return found;
  const choices = canRun ? saved.forwards : notRunning(saved.forwards, forwards.all, gateways.all);
  if (choices.length === 0) {
    const text = vscode.l10n.t('No saved forwards available.');
    vscode.window.showInformationMessage(text).then(undefined, () => {});
    return undefined;
  }
  return pickFrom(
    title,
    vscode.l10n.t('Choose a saved forward'),
    choices.map((one) => ({
      label: one.entry.name,
      description: `${entryTarget(vscode.l10n, one.entry)} · ${placeText(one.place)}`,
      value: one,
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
