import { notRunning } from '../../saved/savedRows.ts';
import { startSavedForwards } from '../../saved/savedStarter.ts';
import type { CommandServices } from '../commandServices.ts';
import { oneSaved } from './pickSaved.ts';

/** Start Saved Forward..., of the selected rows where there are several. */
export async function startSaved(
  services: CommandServices,
  argument: unknown,
  selected: unknown,
): Promise<void> {
  const several = Array.isArray(selected) && selected.length > 1 ? selected : [argument];
  const chosen = await Promise.all(several.map((row) => oneSaved(services, row, false)));
  const found = chosen.filter((one) => one !== undefined);
  if (found.length > 0) await startSavedForwards(services, found);
}

/** Start All Saved Forwards, but for those that run. */
export async function startAllSaved(services: CommandServices): Promise<void> {
  await startSavedForwards(services, notRunning(services.saved.forwards, services.forwards.forwards));
}
