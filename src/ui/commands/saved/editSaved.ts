import { openSavedSettings } from '../../saved/openSavedSettings.ts';
import type { SavedPlace } from '../../saved/savedForward.ts';
import type { CommandServices } from '../commandServices.ts';
import { idOf, oneSaved } from './pickSaved.ts';

/** Edit Saved Forwards: opens the settings that a row comes from, the one of an entry that cannot be used too. */
export async function editSaved(services: CommandServices, argument: unknown): Promise<void> {
  const place = problemPlace(services, argument) ?? (await oneSaved(services, argument))?.place;
  if (place !== undefined) await openSavedSettings(place);
}

function problemPlace({ forwardsTree }: CommandServices, argument: unknown): SavedPlace | undefined {
  const id = idOf(argument);
  return id === undefined ? undefined : forwardsTree.problem(id)?.place;
}
