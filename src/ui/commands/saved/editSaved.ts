import { openSavedSettings } from '../../saved/openSavedSettings.ts';
import type { SavedProblem } from '../../saved/savedForward.ts';
import type { CommandServices } from '../commandServices.ts';
import { idOf, oneSaved } from './pickSaved.ts';

/** Edit Saved Forward: opens the settings at the entry, also if the entry is invalid. */
export async function editSaved(services: CommandServices, argument: unknown): Promise<void> {
  const problem = problemOf(services, argument);
  if (problem !== undefined) return openSavedSettings(problem.place, problem.name);
  const saved = await oneSaved(services, argument);
  if (saved !== undefined) await openSavedSettings(saved.place, saved.entry.name);
}

function problemOf({ forwardsTree }: CommandServices, argument: unknown): SavedProblem | undefined {
  const id = idOf(argument);
  return id === undefined ? undefined : forwardsTree.problem(id);
}
