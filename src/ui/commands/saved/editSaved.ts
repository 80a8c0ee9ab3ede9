import { openSavedSettings } from '../../saved/openSavedSettings.ts';
import type { SavedPlace } from '../../saved/savedForward.ts';
import type { CommandServices } from '../commandServices.ts';
import { idOf, oneSaved } from './pickSaved.ts';

/** Edit Saved Forward: opens the settings that have the entry, also if the entry is invalid. */
export async function editSaved(services: CommandServices, argument: unknown): Promise<void> {
  const place = problemPlace(services, argument) ?? (await oneSaved(services, argument))?.place;
  if (place !== undefined) await openSavedSettings(place);
}

function problemPlace({ forwardsTree }: CommandServices, argument: unknown): SavedPlace | undefined {
  const id = idOf(argument);
  return id === undefined ? undefined : forwardsTree.problem(id)?.place;
}
