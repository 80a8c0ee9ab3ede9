import * as vscode from 'vscode';
import { groupsOf } from '../../saved/savedForward.ts';
import { notRunning } from '../../saved/savedRows.ts';
import { startSavedForwards } from '../../saved/savedStarter.ts';
import type { CommandServices } from '../commandServices.ts';
import { pickOne } from './pickSaved.ts';

/** Start Saved Forwards in Group: starts those that do not run. */
export async function startSavedGroup(services: CommandServices, argument: unknown): Promise<void> {
  const { saved, forwards } = services;
  const groups = groupsOf(saved.forwards);
  const group = givenGroup(argument) ?? (await pickGroup(groups));
  if (group === undefined) return;
  const members = saved.forwards.filter(({ entry }) => entry.group === group);
  await startSavedForwards(services, notRunning(members, forwards.forwards));
}

function givenGroup(argument: unknown): string | undefined {
  const group = (argument as { readonly group?: unknown } | null | undefined)?.group;
  return typeof group === 'string' ? group : undefined;
}

function pickGroup(groups: readonly string[]): Promise<string | undefined> {
  return pickOne(
    vscode.l10n.t('Choose a group'),
    groups.map((group) => ({ label: group, description: '', value: group })),
  );
}
